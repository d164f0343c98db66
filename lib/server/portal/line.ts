import "server-only";
import { type Clock, seconds } from "../clock";
import { createBreaker } from "./breaker";
import { createBudget } from "./budget";
import { startDeadline } from "./deadline";
import { PortalError } from "./error";
import type { Answer } from "./exchange";
import { createPause } from "./pause";
import type { Priority, Turn } from "./priority";
import { answerError, isHtml, isPortalsNo } from "./status-error";
import { createTransport, type ForwardProxy, type PortalTimeouts, type Transport } from "./transport";

/** How a portal stands, as far as the calls of the last minutes tell. `retryAt`: milliseconds since the epoch. */
export type PortalStatus = { state: "up" | "limited" | "down"; retryAt?: number };

/**
 * What the way to a portal bears: how many calls are left of those of a minute, how many wait for one, how long a pause lasts that it
 * asked for, and whether it has not answered of late.
 */
export type PortalLoad = {
  callsLeft: number;
  callsLimit: number;
  waiting: number;
  pauseMs: number;
  isDown: boolean;
};

/** One origin's connections together with what decides whether a call may be made at all. */
export type Line = {
  transport: Transport;
  /**
   * Lets one try through or refuses it at once: `rate_limited`, `breaker_open` or `budget` (after waiting up to 2 s for
   * budget), each with `retryAfterMs` and `sent: "no"`. Rejects with the signal's reason when that is aborted.
   */
  admit(endpoint: string, turn: Turn, signal: AbortSignal): Promise<void>;
  /** The portal answered this. Returns the pause in milliseconds when it was a 429. */
  answered(answer: Answer): number | undefined;
  /** A whole call ended without an answer, for this reason. */
  failed(error: PortalError): void;
  status(): PortalStatus;
  load(): PortalLoad;
};

const budgetWaitMs = seconds(2);
const knockWaitMs = seconds(1);
const knockTimeoutMs = seconds(5);
const knockBytes = 16_384;

/** Opens the line to one origin. `knockPaths` are asked in turn, one each time, whether the portal is back. */
export function openLine(
  origin: string,
  options: {
    callsPerMinute: number;
    clock: Clock;
    timeouts: PortalTimeouts;
    proxy?: ForwardProxy;
    knockPaths: readonly string[];
    /** Called after each knock, with what it met where it was not answered. */
    onKnock: (error?: PortalError) => void;
  },
): Line {
  const { clock, timeouts } = options;
  const transport = createTransport(origin, timeouts, options.proxy);
  const budget = createBudget(options.callsPerMinute, clock);
  const pause = createPause(clock);
  const breaker = createBreaker(clock);
  let knocks = 0;
  let lastFailure: Pick<PortalError, "status" | "cause"> = {};

  /**
   * Asks without a credential whether anything below 500 answers. So the first call after an outage, be it a sign-in or
   * a mint, is not what the portal's health is tried with, and no secret travels for it.
   */
  const knock = async (): Promise<boolean> => {
    const path = options.knockPaths[knocks % options.knockPaths.length] ?? "/";
    knocks += 1;
    const endpoint = "GET (is it back?)";
    const deadline = startDeadline(clock, Math.min(timeouts.callMs, knockTimeoutMs));
    try {
      if ((await budget.take({ priority: "by-hand" }, 0)) > 0) return false;
      const headers = { accept: "*/*", "accept-encoding": "identity", "user-agent": "tokendesk" };
      const request = { endpoint, method: "GET", path, headers, maxBytes: knockBytes } as const;
      // Lists that hang may hold every connection of their own lane.
      const answer = await transport.send("revoke", { ...request, signal: deadline.signal });
      if (answer.status === 429) pause.begin(answer.retryAfter);
      if (answer.status >= 500) throw answerError(answer, { endpoint }, clock.now(), undefined);
      if (isPortalsNo(answer) || (answer.status < 300 && !isHtml(answer))) options.onKnock();
      return true;
    } catch (error) {
      if (!(error instanceof PortalError)) return false;
      if (error.kind === "not_understood") return true;
      lastFailure = error;
      options.onKnock(error);
      return false;
    } finally {
      deadline.end();
    }
  };

  const refuseWhileDown = async (endpoint: string, signal: AbortSignal): Promise<void> => {
    if (breaker.state().state === "half_open") {
      const waiting = new AbortController();
      const stop = () => waiting.abort(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      // A portal that is back answers well within this second; for one that is not, nobody waits longer.
      const patience = clock.sleep(knockWaitMs, waiting.signal).catch(() => undefined);
      await Promise.race([breaker.probe(knock), patience]);
      signal.removeEventListener("abort", stop);
      waiting.abort();
      signal.throwIfAborted();
    }
    const now = breaker.state();
    if (now.state === "closed") return;
    const retryAfterMs = now.state === "open" ? now.retryAfterMs : 0;
    const { status, cause } = lastFailure;
    throw new PortalError("breaker_open", { endpoint, sent: "no", retryAfterMs, status, cause });
  };

  const refuseInPause = (endpoint: string, priority: Priority): void => {
    const retryAfterMs = pause.refuse(priority);
    if (retryAfterMs > 0) throw new PortalError("rate_limited", { endpoint, sent: "no", retryAfterMs });
  };

  /** That another goes first is our own doing, and soon over: nobody is told to come back for it. */
  const letTheFirstGo = async ({ priority, atOnce }: Turn, signal: AbortSignal): Promise<void> => {
    const waitMs = atOnce ? 0 : pause.headStartMs(priority);
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  };

  return {
    transport,
    async admit(endpoint, turn, signal) {
      const { priority } = turn;
      signal.throwIfAborted();
      await letTheFirstGo(turn, signal);
      refuseInPause(endpoint, priority);
      await refuseWhileDown(endpoint, signal);
      const retryAfterMs = await budget.take(turn, turn.atOnce ? 0 : budgetWaitMs, signal);
      if (retryAfterMs > 0) throw new PortalError("budget", { endpoint, sent: "no", retryAfterMs });
      // The portal may have asked for a pause while this call waited for its share.
      refuseInPause(endpoint, priority);
    },
    answered(answer) {
      if (answer.status < 500) breaker.succeeded();
      if (answer.status === 429) return pause.begin(answer.retryAfter);
      pause.ended();
      return undefined;
    },
    failed(error) {
      lastFailure = error;
      breaker.failed();
    },
    status() {
      const at = (waitMs: number) => Math.round(clock.now() + waitMs);
      const health = breaker.state();
      if (health.state === "open") return { state: "down", retryAt: at(health.retryAfterMs) };
      if (health.state === "half_open") return { state: "down", retryAt: at(0) };
      const waitMs = Math.max(pause.waitMs("normal"), budget.waitMs("normal"));
      return waitMs > 0 ? { state: "limited", retryAt: at(waitMs) } : { state: "up" };
    },
    load() {
      const { left, waiting } = budget.load();
      return {
        callsLeft: left,
        callsLimit: options.callsPerMinute,
        waiting,
        pauseMs: pause.waitMs("compromised"),
        isDown: breaker.state().state !== "closed",
      };
    },
  };
}
