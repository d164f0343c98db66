import "server-only";
import { type Clock, minutes, seconds } from "../clock";
import { isUrgent, type Priority, rankOf } from "./priority";
import { parseRetryAfter } from "./retry-after";

export type Pause = {
  /** The portal answered 429 with this `Retry-After`. Returns how long the pause is, in milliseconds. */
  begin(retryAfter: string | undefined): number;
  /** The portal answered something else: the next pause without a stated length starts short again. */
  ended(): void;
  /** How long calls of this priority are still held back, in milliseconds. */
  waitMs(priority: Priority): number;
  /** The same for a call that is being refused now: the most urgent revocation that was goes first when the pause is over. */
  refuse(priority: Priority): number;
  /** How long only that most urgent one goes before this call, once the pause is over. 0 while it lasts. */
  headStartMs(priority: Priority): number;
};

const longestMs = minutes(5);
const shortestMs = seconds(1);
const longestBackoffMs = minutes(1);
const headStartMs = seconds(1);

/**
 * The pause that a 429 asks for, for one origin (RFC 9110 §10.2.3, RFC 6585 §4). A stated length is obeyed up to
 * 5 minutes; without one, 1 to 60 seconds, doubling with each 429 in a row. Nothing queues meanwhile.
 */
export function createPause(clock: Clock): Pause {
  let until = Number.NEGATIVE_INFINITY;
  let inARow = 0;
  let first: Priority | undefined;

  const waitMs = (priority: Priority): number => {
    const isLater = first !== undefined && rankOf(priority) > rankOf(first);
    return Math.max(0, Math.ceil(until + (isLater ? headStartMs : 0) - clock.monotonic()));
  };

  return {
    begin(retryAfter) {
      const paused = waitMs("compromised") > 0;
      const backoffMs = Math.min(longestBackoffMs, shortestMs * 2 ** inARow);
      // Calls already under way answer 429 too: they are one refusal, not several in a row.
      if (!paused) {
        inARow += 1;
        first = undefined;
      }
      const stated = parseRetryAfter(retryAfter, clock.now());
      const lengthMs = Math.min(longestMs, Math.max(shortestMs, stated ?? backoffMs));
      until = Math.max(until, clock.monotonic() + lengthMs);
      return waitMs("compromised");
    },
    ended() {
      inARow = 0;
    },
    waitMs,
    refuse(priority) {
      const isFirst = first === undefined || rankOf(priority) < rankOf(first);
      if (isUrgent(priority) && isFirst && waitMs("compromised") > 0) first = priority;
      return waitMs(priority);
    },
    headStartMs: (priority) => (waitMs("compromised") > 0 ? 0 : waitMs(priority)),
  };
}
