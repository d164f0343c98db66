import "server-only";
import { type Clock, minutes } from "../clock";

/** Revoking comes before everything else: a leak does not wait for a list. */
export type Priority = "normal" | "revoke";

export type Budget = {
  /**
   * Takes one call from the budget, waiting at most `maxWaitMs` for one. Returns 0 when it was granted, else after how
   * many milliseconds to come back. Rejects with the signal's reason when that is aborted while waiting.
   */
  take(priority: Priority, maxWaitMs: number, signal?: AbortSignal): Promise<number>;
  /** How long a call of this priority would have to wait now, in milliseconds. */
  waitMs(priority: Priority): number;
};

const windowMs = minutes(1);
const revokeShare = 0.2;
const normalShare = 0.1;

/**
 * The desk's own limit of calls to one origin. Counts the calls of the last minute instead of filling a bucket: a bucket
 * of B lets B calls more through than it promises, and the portal's 120 a minute is a hard line.
 *
 * A fifth is out of reach for normal calls, so that a revocation always finds room; a tenth is out of reach for
 * revocations, so that people can still sign in during a large one. While a revocation waits, normal calls let it go first.
 */
export function createBudget(callsPerMinute: number, clock: Clock): Budget {
  const limits: Record<Priority, number> = {
    normal: Math.max(1, callsPerMinute - Math.ceil(callsPerMinute * revokeShare)),
    revoke: Math.max(1, callsPerMinute - Math.ceil(callsPerMinute * normalShare)),
  };
  let calls: { at: number; priority: Priority }[] = [];
  let waitingRevokes = 0;

  const untilBelow = (times: number[], limit: number, now: number): number => {
    const blocking = times[times.length - limit];
    return blocking === undefined ? 0 : Math.max(1, Math.ceil(blocking + windowMs - now));
  };

  const waitMs = (priority: Priority): number => {
    const now = clock.monotonic();
    calls = calls.filter((call) => call.at > now - windowMs);
    const own = calls.filter((call) => call.priority === priority).map((call) => call.at);
    const all = calls.map((call) => call.at);
    const total = priority === "revoke" ? callsPerMinute : Math.max(1, callsPerMinute - waitingRevokes);
    return Math.max(untilBelow(own, limits[priority], now), untilBelow(all, total, now));
  };

  const take: Budget["take"] = async (priority, maxWaitMs, signal) => {
    const giveUpAt = clock.monotonic() + maxWaitMs;
    for (;;) {
      const wait = waitMs(priority);
      if (wait === 0) {
        calls.push({ at: clock.monotonic(), priority });
        return 0;
      }
      if (clock.monotonic() + wait > giveUpAt) return wait;
      if (priority === "revoke") waitingRevokes += 1;
      try {
        await clock.sleep(wait, signal);
      } finally {
        if (priority === "revoke") waitingRevokes -= 1;
      }
    }
  };

  return { take, waitMs };
}
