import "server-only";
import { type Clock, seconds, systemClock } from "../clock";
import type { Turn } from "./budget";
import { type CallSpec, call, type PortalCallEvent, type TimedAnswer } from "./call";
import { credentialHeader } from "./credential";
import { PortalError } from "./error";
import { type Line, openLine, type PortalStatus } from "./line";
import { findPortal, type PortalConfig, readPortals } from "./portals";
import * as read from "./read-answers";
import type { PortalAccount, PortalUser } from "./schemas";
import { tokenPathSegment } from "./token-form";
import type { PortalTimeouts } from "./transport";
import { understood } from "./understood";

/*
 * The one outbound client: a method an endpoint of the portal. What crosses here: a person's credential, in one header or
 * in the form of the sign-in, to the configured origin it belongs to; token values, as results or in the path of the
 * delete that the portal defines that way. What must never: a credential in a query, a value in an error, an event or a
 * log, a word of the portal's answers but the fields of schemas.ts, a POST sent twice.
 */

export type { PortalAccount, PortalCallEvent, PortalConfig, PortalStatus, PortalTimeouts, PortalUser };

/** `person`: of whose share of the budget the call is. `atOnce`: it does not wait for room in the budget. */
export type PortalCallOptions = Partial<Turn> & { signal?: AbortSignal };

export type PortalClientOptions = {
  portals: readonly PortalConfig[];
  /** The desk's own limit of calls a minute to each origin, retries included. */
  callsPerMinute: number;
  clock?: Clock;
  timeouts?: PortalTimeouts;
  onCall?: (event: PortalCallEvent) => void;
};

export type CredentialCheck = { result: "live" | "limited" | "dead"; latencyMs: number };

/** Every method rejects with PortalError and nothing else. */
export type PortalClient = {
  portals(): { id: string; name: string }[];
  /** `POST /v1/auth/login`. Wrong password, unknown and disabled user: whatever status the portal chooses. */
  login(portalId: string, who: Login, options?: PortalCallOptions): Promise<SignedIn>;
  /**
   * `GET /v1/admin/auth`. `null` where the deployment does not have it and the users list proves that the credential
   * is alive; `unauthorized` when it is not.
   */
  whoAmI(portalId: string, credential: string, options?: PortalCallOptions): Promise<PortalUser | null>;
  /** `POST /v1/admin/token`, sent once at most. An error with `sent: "maybe"` may have left a token at the portal. */
  mintToken(portalId: string, credential: string, options?: PortalCallOptions): Promise<string>;
  /** `GET /v1/admin/token`: the values of all tokens of the credential's user. */
  listTokens(portalId: string, credential: string, options?: PortalCallOptions): Promise<string[]>;
  /**
   * `DELETE /v1/admin/token/{token}`, with revoke priority unless told otherwise. Throws `token_unsendable` and
   * `not_deleted` besides. `deleted` is what the portal says, not yet a proof.
   */
  revokeToken(
    portalId: string,
    credential: string,
    token: string,
    options?: PortalCallOptions,
  ): Promise<Revoked>;
  /** `GET /v1/admin/users`, laid flat. */
  listUsers(
    portalId: string,
    credential: string,
    which?: Which,
    options?: PortalCallOptions,
  ): Promise<PortalUser[]>;
  /** `GET /v1/admin/users/{userId}/children`, laid flat. */
  listChildren(
    portalId: string,
    credential: string,
    userId: string,
    options?: PortalCallOptions,
  ): Promise<PortalUser[]>;
  /** `GET /v1/admin/accounts`. */
  listAccounts(portalId: string, credential: string, options?: PortalCallOptions): Promise<PortalAccount[]>;
  /**
   * Tries a credential with `GET /v1/admin/users`, as the portal's guide does: 200 is live, 403 alive without the right
   * to see users, 401 dead. Throws when the portal does not say.
   */
  tryCredential(portalId: string, credential: string, options?: PortalCallOptions): Promise<CredentialCheck>;
  /** From what the last calls met; asks nobody. */
  status(portalId: string): PortalStatus;
  /** Lets what is under way finish, then closes the connections. */
  close(): Promise<void>;
};

export type Login = { username: string; password: string };
export type SignedIn = { authToken: string; user: PortalUser };
/** `perhapsByUs`: a try of the same call, whose answer was lost, may be what made it absent. */
export type Revoked = { outcome: "deleted" } | { outcome: "absent"; perhapsByUs?: true };
export type Which = { activeOnly?: boolean; flatten?: boolean };

type Request = Pick<CallSpec, "endpoint" | "method" | "path" | "accept" | "body"> & { maxBytes?: number };

const defaultTimeouts: PortalTimeouts = { connectMs: seconds(3), callMs: seconds(10) };
const wordBytes = 64 * 1024;
/** A list of as many as are believed is smaller; to read more of it at once would keep everybody waiting. */
const listBytes = 4 * 1024 * 1024;
const identityBytes = 256 * 1024;
const usersPath = "/v1/admin/users";
const usersEndpoint = `GET ${usersPath}`;

/** Makes the client. Throws a plain Error when a portal is configured wrongly; connects to nothing yet. */
export function createPortalClient(options: PortalClientOptions): PortalClient {
  const { callsPerMinute, clock = systemClock, timeouts = defaultTimeouts, onCall } = options;
  const portals = readPortals(options.portals);
  const lines = new Map<string, Line>();
  for (const { origin, prefix } of portals.values()) {
    const knockPath = prefix + usersPath;
    if (!lines.has(origin))
      lines.set(origin, openLine(origin, { callsPerMinute, clock, timeouts, knockPath }));
  }

  const lineTo = (portalId: string, endpoint: string) => {
    const portal = findPortal(portals, portalId, endpoint);
    const line = lines.get(portal.origin);
    if (!line) throw new PortalError("unknown_portal", { endpoint, sent: "no" });
    return { portal, line };
  };

  const send = async (
    portalId: string,
    credential: string | undefined,
    request: Request,
    { priority = "normal", ...turn }: PortalCallOptions = {},
  ): Promise<TimedAnswer> => {
    const { endpoint, path, body, maxBytes = wordBytes } = request;
    const { portal, line } = lineTo(portalId, endpoint);
    const headers = {
      accept: "application/json, text/plain, */*",
      "accept-encoding": "identity",
      "user-agent": "tokendesk",
      ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      ...(credential === undefined ? {} : credentialHeader(credential, endpoint)),
    };
    const spec = { ...request, ...turn, portalId, path: portal.prefix + path, headers, maxBytes, priority };
    return call(line, { clock, callMs: timeouts.callMs, onCall }, spec);
  };

  const getUsers = async (portalId: string, credential: string, request: Request, o?: PortalCallOptions) => {
    const answer = await send(portalId, credential, { ...request, maxBytes: listBytes }, o);
    return understood(await read.readUsers(answer), request.endpoint, answer);
  };

  const tryCredential: PortalClient["tryCredential"] = async (portalId, credential, o) => {
    const request = { endpoint: usersEndpoint, method: "GET", path: usersPath, accept: [401, 403] } as const;
    const answer = await send(portalId, credential, { ...request, maxBytes: listBytes }, o);
    const latencyMs = answer.durationMs;
    if (answer.status === 401) return { result: "dead", latencyMs };
    if (answer.status === 403) return { result: "limited", latencyMs };
    understood(await read.readUsers(answer), usersEndpoint, answer);
    return { result: "live", latencyMs };
  };

  return {
    portals: () => [...portals.values()].map(({ id, name }) => ({ id, name })),

    async login(portalId, { username, password }, o) {
      const endpoint = "POST /v1/auth/login";
      const body = new URLSearchParams({ username, password }).toString();
      const request = {
        endpoint,
        method: "POST",
        path: "/v1/auth/login",
        body,
        maxBytes: identityBytes,
      } as const;
      const answer = await send(portalId, undefined, request, o);
      return understood(await read.readSignIn(answer, username), endpoint, answer);
    },

    async whoAmI(portalId, credential, o) {
      const endpoint = "GET /v1/admin/auth";
      const request = { endpoint, method: "GET", path: "/v1/admin/auth", accept: [404] } as const;
      const answer = await send(portalId, credential, { ...request, maxBytes: identityBytes }, o);
      if (answer.status !== 404) return understood(await read.readIdentity(answer), endpoint, answer);
      const { result } = await tryCredential(portalId, credential, o);
      if (result === "dead") throw new PortalError("unauthorized", { endpoint, status: 401, sent: "no" });
      return null;
    },

    async mintToken(portalId, credential, o) {
      const endpoint = "POST /v1/admin/token";
      const answer = await send(
        portalId,
        credential,
        { endpoint, method: "POST", path: "/v1/admin/token" },
        o,
      );
      return understood(await read.readMintedToken(answer), endpoint, answer);
    },

    async listTokens(portalId, credential, o) {
      const endpoint = "GET /v1/admin/token";
      const request = { endpoint, method: "GET", path: "/v1/admin/token", maxBytes: listBytes } as const;
      const answer = await send(portalId, credential, request, o);
      return understood(await read.readTokenList(answer), endpoint, answer);
    },

    async revokeToken(portalId, credential, token, o) {
      const endpoint = "DELETE /v1/admin/token/{token}";
      const path = `/v1/admin/token/${segment(token, endpoint)}`;
      const request = { endpoint, method: "DELETE", path, accept: [404] } as const;
      const answer = await send(portalId, credential, request, { priority: "revoke", ...o });
      if (answer.status === 404)
        return { outcome: "absent", ...(answer.perhapsTwice ? { perhapsByUs: true } : {}) };
      const { status } = answer;
      if (understood(read.readDeleted(answer), endpoint, answer)) return { outcome: "deleted" };
      throw new PortalError("not_deleted", { endpoint, status, sent: "no" });
    },

    async listUsers(portalId, credential, which = {}, o) {
      const query = new URLSearchParams();
      if (which.activeOnly !== undefined) query.set("activeOnly", String(which.activeOnly));
      if (which.flatten !== undefined) query.set("flatten", String(which.flatten));
      const path = query.size > 0 ? `${usersPath}?${query}` : usersPath;
      return getUsers(portalId, credential, { endpoint: usersEndpoint, method: "GET", path }, o);
    },

    async listChildren(portalId, credential, userId, o) {
      const endpoint = "GET /v1/admin/users/{userId}/children";
      const path = `${usersPath}/${segment(userId, endpoint)}/children`;
      return getUsers(portalId, credential, { endpoint, method: "GET", path }, o);
    },

    async listAccounts(portalId, credential, o) {
      const endpoint = "GET /v1/admin/accounts";
      const request = { endpoint, method: "GET", path: "/v1/admin/accounts", maxBytes: listBytes } as const;
      const answer = await send(portalId, credential, request, o);
      return understood(await read.readAccounts(answer), endpoint, answer);
    },

    tryCredential,
    status: (portalId) => lineTo(portalId, "status").line.status(),
    async close() {
      await Promise.all([...lines.values()].map((line) => line.transport.close()));
    },
  };
}

function segment(value: string, endpoint: string): string {
  const path = tokenPathSegment(value);
  if (path === undefined) throw new PortalError("token_unsendable", { endpoint, sent: "no" });
  return path;
}
