import "server-only";
import { type Clock, minutes } from "../clock";

/** Revoking comes before everything else: a leak does not wait for a list. Proving a credential has a share of its own. */
export type Priority = "normal" | "sign-in" | "revoke";

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
/** Of the whole, what is out of reach for these together. */
const outOfReach: { who: Priority[]; share: number }[] = [
  { who: ["normal"], share: 0.2 },
  { who: ["normal", "sign-in"], share: 0.1 },
  { who: ["revoke"], share: 0.1 },
];

/**
 * The desk's own limit of calls to one origin. Counts the calls of the last minute instead of filling a bucket: a bucket
 * of B lets B calls more through than it promises, and the portal's 120 a minute is a hard line.
 *
 * A fifth is out of reach for normal calls, half of it for sign-ins too: a revocation always finds room, and nobody who
 * is signed in can use up what others need to sign in. A tenth is out of reach for revocations, so that people can still
 * work during a large one. While a revocation waits, the others let it go first.
 */
export function createBudget(callsPerMinute: number, clock: Clock): Budget {
  const limits = outOfReach.map(({ who, share }) => ({
    who,
    most: Math.max(1, callsPerMinute - Math.ceil(callsPerMinute * share)),
  }));
  let calls: { at: number; priority: Priority }[] = [];
  let waitingRevokes = 0;

  const untilBelow = (times: number[], limit: number, now: number): number => {
    const blocking = times[times.length - limit];
    return blocking === undefined ? 0 : Math.max(1, Math.ceil(blocking + windowMs - now));
  };

  const waitMs = (priority: Priority): number => {
    const now = clock.monotonic();
    calls = calls.filter((call) => call.at > now - windowMs);
    const timesOf = (who: Priority[]) =>
      calls.filter((call) => who.includes(call.priority)).map((call) => call.at);
    const own = limits
      .filter(({ who }) => who.includes(priority))
      .map(({ who, most }) => untilBelow(timesOf(who), most, now));
    const all = calls.map((call) => call.at);
    const total = priority === "revoke" ? callsPerMinute : Math.max(1, callsPerMinute - waitingRevokes);
    return Math.max(...own, untilBelow(all, total, now));
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
