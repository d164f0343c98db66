import "server-only";
import { type Clock, minutes } from "../clock";

/**
 * What a call is for, the most urgent first: revoking a token that leaked, proving that one is gone, revoking one that is
 * known, a value that nobody here knows, proving a credential, everything else. A leak does not wait for a list.
 */
export type Priority = "compromised" | "proof" | "revoke" | "unknown" | "sign-in" | "normal";

/** Whether a call is of a revocation that somebody with a record of the token asked for. */
export const isUrgent = (priority: Priority): boolean =>
  priority === "compromised" || priority === "proof" || priority === "revoke";

/**
 * Who wants a call: a person, whoever that is to the caller (absent where it is the desk's own); and whether it is made at
 * once or not at all, for whoever would take a wait for our own limit for a portal that does not answer.
 */
export type Turn = { priority: Priority; person?: string; atOnce?: boolean };

export type Budget = {
  /**
   * Takes one call from the budget, waiting at most `maxWaitMs` for one. Returns 0 when it was granted, else after how
   * many milliseconds to come back. Rejects with the signal's reason when that is aborted while waiting.
   */
  take(turn: Turn, maxWaitMs: number, signal?: AbortSignal): Promise<number>;
  /** How long a call of this priority, of the desk's own, would have to wait now, in milliseconds. */
  waitMs(priority: Priority): number;
};

const windowMs = minutes(1);
const all: Priority[] = ["compromised", "proof", "revoke", "unknown", "sign-in", "normal"];
/** Of the whole, what these may have together. Each is divided by person. */
const shares: { who: Priority[]; share: number }[] = [
  { who: all, share: 1 },
  { who: ["normal", "unknown"], share: 0.8 },
  { who: ["normal", "unknown", "sign-in"], share: 0.9 },
  { who: ["compromised", "proof", "revoke", "unknown"], share: 0.9 },
  { who: ["proof"], share: 0.5 },
  { who: ["sign-in"], share: 0.5 },
  { who: ["unknown"], share: 0.2 },
];
/** Of what the others have left a person may have so much, and leaves so much for whoever comes next. */
const partOfAPerson = 2 / 3;
const keptForOthers = 1 / 5;
/** The first calls of a person in a minute come out of what is kept: half of it, or all, where a token has leaked. */
const firstCalls = 3;
/** A person has a few values a minute that nobody here knows: more are no leak, but guesses. */
const unknownOfAPerson = 5;

type Call = { at: number; priority: Priority; person?: string };

/**
 * The desk's own limit of calls to one origin. Counts the calls of the last minute instead of filling a bucket: a bucket
 * of B lets B calls more through than it promises, and the portal's 120 a minute is a hard line.
 *
 * A fifth is out of reach for normal calls, half of it for sign-ins too: a revocation always finds room, and nobody who
 * is signed in can use up what others need to sign in. A tenth is out of reach for revocations, so that people can still
 * work during a large one. Of each share a fifth is kept for the first few calls of whoever comes next, and of the rest a
 * person has two thirds of what the others have left. While a revocation waits, what is less urgent lets it go first.
 */
export function createBudget(callsPerMinute: number, clock: Clock): Budget {
  const limits = shares.map(({ who, share }) => ({
    who,
    most: Math.max(1, callsPerMinute - Math.ceil(callsPerMinute * (1 - share))),
  }));
  let calls: Call[] = [];
  const waiting: Priority[] = [];

  const untilBelow = (of: Call[], limit: number, now: number): number => {
    const blocking = of[of.length - Math.max(1, limit)];
    return blocking === undefined ? 0 : Math.max(1, Math.ceil(blocking.at + windowMs - now));
  };

  const aheadOf = (priority: Priority): number => {
    const place = Math.min(all.indexOf(priority), all.indexOf("unknown"));
    return waiting.filter((other) => all.indexOf(other) < place).length;
  };

  const waitFor = ({ priority, person }: Turn): number => {
    const now = clock.monotonic();
    calls = calls.filter((call) => call.at > now - windowMs);
    const waits = limits
      .filter(({ who }) => who.includes(priority))
      .flatMap(({ who, most }) => {
        const total = who === all ? most - aheadOf(priority) : most;
        const taken = calls.filter((call) => who.includes(call.priority));
        if (person === undefined) return untilBelow(taken, total, now);
        const own = taken.filter((call) => call.person === person);
        const kept = Math.floor(most * keptForOthers);
        if (own.length < firstCalls)
          return untilBelow(taken, total - (priority === "compromised" ? 0 : Math.floor(kept / 2)), now);
        const left = most - kept - (taken.length - own.length);
        return [
          untilBelow(taken, total - kept, now),
          untilBelow(own, Math.max(firstCalls, Math.floor(left * partOfAPerson)), now),
        ];
      });
    if (person !== undefined && priority === "unknown") {
      const own = calls.filter((call) => call.priority === "unknown" && call.person === person);
      waits.push(untilBelow(own, unknownOfAPerson, now));
    }
    return Math.max(...waits);
  };

  const take: Budget["take"] = async (turn, maxWaitMs, signal) => {
    const { priority, person } = turn;
    const giveUpAt = clock.monotonic() + maxWaitMs;
    for (;;) {
      const wait = waitFor(turn);
      if (wait === 0) {
        calls.push({ at: clock.monotonic(), priority, person });
        return 0;
      }
      if (clock.monotonic() + wait > giveUpAt) return wait;
      if (isUrgent(priority)) waiting.push(priority);
      try {
        await clock.sleep(wait, signal);
      } finally {
        if (isUrgent(priority)) waiting.splice(waiting.indexOf(priority), 1);
      }
    }
  };

  return { take, waitMs: (priority) => waitFor({ priority }) };
}
