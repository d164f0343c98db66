import "server-only";
import { type Clock, minutes, seconds } from "../clock";
import { isUrgent, type Priority } from "./budget";
import { parseRetryAfter } from "./retry-after";

export type Pause = {
  /** The portal answered 429 with this `Retry-After`. Returns how long the pause is, in milliseconds. */
  begin(retryAfter: string | undefined): number;
  /** The portal answered something else: the next pause without a stated length starts short again. */
  ended(): void;
  /** How long calls of this priority are still held back, in milliseconds. */
  waitMs(priority: Priority): number;
  /** The same for a call that is being refused now: a refused revocation goes first when the pause is over. */
  refuse(priority: Priority): number;
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
  let headStart = 0;

  const waitMs = (priority: Priority): number => {
    const end = isUrgent(priority) ? until : until + headStart;
    return Math.max(0, Math.ceil(end - clock.monotonic()));
  };

  return {
    begin(retryAfter) {
      const paused = waitMs("revoke") > 0;
      const backoffMs = Math.min(longestBackoffMs, shortestMs * 2 ** inARow);
      // Calls already under way answer 429 too: they are one refusal, not several in a row.
      if (!paused) {
        inARow += 1;
        headStart = 0;
      }
      const stated = parseRetryAfter(retryAfter, clock.now());
      const lengthMs = Math.min(longestMs, Math.max(shortestMs, stated ?? backoffMs));
      until = Math.max(until, clock.monotonic() + lengthMs);
      return waitMs("revoke");
    },
    ended() {
      inARow = 0;
    },
    waitMs,
    refuse(priority) {
      if (isUrgent(priority) && waitMs("revoke") > 0) headStart = headStartMs;
      return waitMs(priority);
    },
  };
}
