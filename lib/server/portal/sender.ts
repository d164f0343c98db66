import "server-only";
import { type Clock, seconds, systemClock } from "../clock";
import { call, type PortalCallEvent, type Said } from "./call";
import { credentialHeader } from "./credential";
import { PortalError } from "./error";
import { type Line, openLine, type PortalLoad, type PortalStatus } from "./line";
import { findPortal, type PortalConfig, readPortals } from "./portals";
import type { Turn } from "./priority";
import { knocks, type Request } from "./requests";
import type { ForwardProxy, PortalTimeouts } from "./transport";

/*
 * From a request to a whole call on the line to its portal's origin: portals of one origin share the line, and with it
 * budget, pause and breaker.
 */

/** `person`: of whose share of the budget the call is. `atOnce`: it does not wait for room in the budget. */
export type PortalCallOptions = Partial<Turn> & { signal?: AbortSignal };

/**
 * `error` is absent where the portal answered what it was asked, `endpoint` where it was only asked whether it is back: then
 * anything below 500 is an answer.
 */
export type PortalOutcome = { portalId: string; endpoint?: string; error?: PortalError };

export type PortalClientOptions = {
  portals: readonly PortalConfig[];
  /** The desk's own limit of calls a minute to each origin, retries included. */
  callsPerMinute: number;
  clock?: Clock;
  timeouts?: PortalTimeouts;
  /** The forward proxy to go through, where the environment names one. */
  proxy?: ForwardProxy;
  onCall?: (event: PortalCallEvent) => void;
  /** What each whole call came to, and each question whether a portal is back. */
  onOutcome?: (outcome: PortalOutcome) => void;
};

/** Whether only a portal says so. A 404 is said of every path that is none, and a call that was not made says nothing. */
export const isPortalsWord = (error: PortalError | undefined): boolean =>
  error === undefined || ["unauthorized", "forbidden", "conflict", "bad_request"].includes(error.kind);

export type Sender = {
  portals(): { id: string; name: string }[];
  /** Rejects with PortalError and nothing else. `credential` is absent where none is to travel. */
  send<T>(
    portalId: string,
    credential: string | undefined,
    request: Request<T>,
    options?: PortalCallOptions,
  ): Promise<Said<T>>;
  tell(outcome: PortalOutcome): void;
  status(portalId: string): PortalStatus;
  load(portalId: string): PortalLoad;
  close(): Promise<void>;
};

const defaultTimeouts: PortalTimeouts = { connectMs: seconds(3), callMs: seconds(10) };

/** Opens the lines. Throws a plain Error when a portal is configured wrongly; connects to nothing yet. */
export function createSender(options: PortalClientOptions): Sender {
  const { callsPerMinute, clock = systemClock, timeouts = defaultTimeouts, proxy, onCall } = options;
  const portals = readPortals(options.portals);
  const lines = new Map<string, Line>();

  const tell = (outcome: PortalOutcome) => {
    try {
      options.onOutcome?.(outcome);
    } catch {
      // A log that fails must not turn an answer, perhaps a minted token, into an error.
    }
  };

  for (const { origin, prefix } of portals.values()) {
    const knockPaths = knocks.map((path) => prefix + path);
    const onKnock = (error?: PortalError) => {
      for (const [portalId, other] of portals) if (other.origin === origin) tell({ portalId, error });
    };
    const more = { callsPerMinute, clock, timeouts, proxy, knockPaths, onKnock };
    if (!lines.has(origin)) lines.set(origin, openLine(origin, more));
  }

  const lineTo = (portalId: string, endpoint: string) => {
    const portal = findPortal(portals, portalId, endpoint);
    const line = lines.get(portal.origin);
    if (!line) throw new PortalError("unknown_portal", { endpoint, sent: "no" });
    return { portal, line };
  };

  return {
    portals: () => [...portals.values()].map(({ id, name }) => ({ id, name })),
    async send(portalId, credential, request, { priority = "normal", ...turn } = {}) {
      const { endpoint, path, body } = request;
      const { portal, line } = lineTo(portalId, endpoint);
      const headers = {
        accept: "application/json, text/plain, */*",
        "accept-encoding": "identity",
        "user-agent": "tokendesk",
        ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        ...(credential === undefined ? {} : credentialHeader(credential, endpoint)),
      };
      const spec = { ...request, ...turn, portalId, path: portal.prefix + path, headers, priority };
      try {
        const answer = await call(line, { clock, callMs: timeouts.callMs, onCall }, spec);
        // That a path is none is what anybody says.
        if (answer.said !== null) tell({ portalId, endpoint });
        return answer;
      } catch (error) {
        if (error instanceof PortalError) tell({ portalId, endpoint, error });
        throw error;
      }
    },
    tell,
    status: (portalId) => lineTo(portalId, "status").line.status(),
    load: (portalId) => lineTo(portalId, "load").line.load(),
    async close() {
      await Promise.all([...lines.values()].map((line) => line.transport.close()));
    },
  };
}
