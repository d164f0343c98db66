import "server-only";
import { type Clock, minutes } from "../clock";
import { isBulk, isByHand, isUrgent, type Priority, rankOf, type Turn } from "./priority";
import { createWaitingLine } from "./waiting-line";

export type Budget = {
  /**
   * Takes one call from the budget, waiting at most `maxWaitMs` for one. Returns 0 when it was granted, else after how
   * many milliseconds to come back. Rejects with the signal's reason when that is aborted while waiting.
   */
  take(turn: Turn, maxWaitMs: number, signal?: AbortSignal): Promise<number>;
  /** How long a call of this priority, of the desk's own, would have to wait now, in milliseconds. */
  waitMs(priority: Priority): number;
  /** How many calls are left of those of a minute, and how many wait for one. */
  load(): { left: number; waiting: number };
};

const windowMs = minutes(1);
const isRevocation = (priority: Priority): boolean => isUrgent(priority) || priority === "unknown";

/** Of the whole, what calls of these kinds may have together; `only` this kind minds it. Each is divided by person. */
const shares: { of: (priority: Priority) => boolean; share: number; only?: Priority }[] = [
  { of: () => true, share: 1 },
  { of: () => true, share: 0.5, only: "spare" },
  { of: (priority) => priority !== "compromised", share: 0.95 },
  { of: (priority) => !isByHand(priority), share: 0.9 },
  { of: (priority) => ["normal", "spare", "unknown"].includes(priority), share: 0.8 },
  { of: isRevocation, share: 0.9 },
  { of: (priority) => isRevocation(priority) && priority !== "compromised", share: 0.85 },
  { of: isBulk, share: 0.7 },
  { of: (priority) => priority === "sign-in", share: 0.5 },
  { of: (priority) => priority === "unknown", share: 0.2 },
];
/** Of what the others have left a person may have so much, and leaves so much for whoever comes next. */
const partOfAPerson = 3 / 4;
const keptForOthers = 1 / 5;
/** The first calls of a person in a minute come out of what is kept: half of it, or all, where a token has leaked. */
const firstCalls = 3;
/** And so much of a whole is for first calls alone, whatever fills it. */
const keptForFirst = 1 / 20;
/** A person has a few values a minute that nobody here knows: more are no leak, but guesses. */
const unknownOfAPerson = 5;

/** Whether calls of one kind count against another's part: what is less urgent, or many by hand, but by filling the whole. */
const isRival = (one: Priority, other: Priority): boolean =>
  rankOf(one) <= rankOf(other) && !(isBulk(one) && isByHand(other));

/** Whether a call counts against its own person's part for another: so does the rest of many against the first hundred. */
const isOwnPart = (one: Priority, other: Priority): boolean =>
  isRival(one, other) || (one === "bulk-rest" && other === "bulk");

type Call = { at: number; priority: Priority; person?: string };

/**
 * The desk's own limit of calls to one origin. Counts the calls of the last minute instead of filling a bucket: a bucket
 * of B lets B calls more through than it promises, and the portal's 120 a minute is a hard line.
 *
 * A fifth is out of reach for normal calls, half of that for everything but revocations by hand: these always find room, and
 * nobody who is signed in can use up what others need to sign in. A tenth is out of reach for revocations, so that people can
 * still work during a large one, and of what is theirs bulk leaves some for those by hand. Of each share a fifth is kept for the
 * first few calls of whoever comes next, and of the rest a person has three quarters of what others have left that is at least as
 * urgent. Whoever waits is let through by urgency, and among equals by who had less.
 */
export function createBudget(callsPerMinute: number, clock: Clock): Budget {
  const limits = shares.map(({ of, only, share }) => ({
    of,
    only,
    // Not a whole less by the last digit of a fraction.
    most: Math.max(1, Math.floor(callsPerMinute * share + 1e-9)),
  }));
  const line = createWaitingLine(clock);
  let calls: Call[] = [];
  let waiting = 0;

  const untilBelow = (of: Call[], limit: number, now: number): number => {
    const blocking = of[of.length - Math.max(1, limit)];
    return blocking === undefined ? 0 : Math.max(1, Math.ceil(blocking.at + windowMs - now));
  };
  const takenOf = (of: (priority: Priority) => boolean) => calls.filter(({ priority }) => of(priority));

  /** Of those ahead, who could take the call that this one might: whoever waits for room in a share of theirs could not. */
  const inTheWay = (ahead: Turn[], priority: Priority): Turn[] => {
    const theirs = limits
      .filter(({ of }) => !of(priority))
      .map(({ of, most }) => ({ of, room: most - takenOf(of).length }));
    return ahead.filter((other) => {
      const own = theirs.filter(({ of }) => of(other.priority));
      if (own.some(({ room }) => room <= 0)) return false;
      for (const share of own) share.room -= 1;
      return true;
    });
  };

  /** What is older than a minute counts no more. @returns the time. */
  const forgetOld = (): number => {
    const now = clock.monotonic();
    calls = calls.filter((call) => call.at > now - windowMs);
    return now;
  };

  const waitFor = (turn: Turn): number => {
    const { priority, person } = turn;
    const now = forgetOld();
    const counts = new Map<string | undefined, number>();
    for (const call of calls) counts.set(call.person, (counts.get(call.person) ?? 0) + 1);
    const ahead = inTheWay(
      line.ahead(turn, (who) => counts.get(who) ?? 0),
      priority,
    );

    const waits = limits
      .filter(({ of, only = priority }) => of(priority) && only === priority)
      .flatMap(({ of, most }) => {
        const taken = takenOf(of);
        const before = ahead.filter((other) => of(other.priority));
        const free = most - before.length;
        if (person === undefined) return untilBelow(taken, free, now);
        const rivals = taken.filter((call) => isRival(call.priority, priority));
        const own = taken.filter((call) => call.person === person && isOwnPart(call.priority, priority));
        const freeToRivals = most - before.filter((other) => other.priority === priority).length;
        const kept = Math.floor(most * keptForOthers);
        if (own.length < firstCalls) {
          const keptOfFirst = priority === "compromised" ? 0 : Math.floor(kept / 2);
          return [untilBelow(taken, free, now), untilBelow(rivals, freeToRivals - keptOfFirst, now)];
        }
        const others = rivals.filter((call) => call.person !== person);
        const left = most - kept - others.length;
        return [
          untilBelow(taken, free - Math.floor(most * keptForFirst), now),
          untilBelow(rivals, freeToRivals - kept, now),
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
    line.join(turn);
    try {
      for (;;) {
        const wait = waitFor(turn);
        if (wait === 0) {
          calls.push({ at: clock.monotonic(), priority, person });
          line.served(turn);
          return 0;
        }
        if (clock.monotonic() + wait > giveUpAt) {
          line.expect(turn, wait);
          return wait;
        }
        waiting += 1;
        await clock.sleep(wait, signal).finally(() => {
          waiting -= 1;
        });
      }
    } finally {
      line.leave(turn);
    }
  };

  return {
    take,
    waitMs: (priority) => waitFor({ priority }),
    load() {
      forgetOld();
      return { left: callsPerMinute - calls.length, waiting };
    },
  };
}
