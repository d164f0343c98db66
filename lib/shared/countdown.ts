/** A wait that is counted down. Times are milliseconds of a monotonic clock: the time of day may be set anew meanwhile. */
export type Count = {
  /** The whole seconds that were told, and the answer that told them. */
  seconds: number;
  answer: unknown;
  /** When it is over. */
  endsAt: number;
  /** What was left when it began: an answer that only says again how much is left begins nothing. */
  from: number;
  /** Whole seconds that are left. */
  left: number;
};

/**
 * A wait that an answer tells.
 * @param ageMs how old the answer is. Told by a clock that may be set anew: the wait is neither longer than was told, nor
 * less than over.
 */
export function beginCount(seconds: number, answer: unknown, now: number, ageMs = 0): Count {
  const leftMs = Math.min(seconds * 1000, Math.max(0, seconds * 1000 - ageMs));
  const left = Math.round(leftMs / 1000);
  return { seconds, answer, endsAt: now + leftMs, from: left, left };
}

/** The wait after a newer answer. What is told are whole seconds, rounded up: up to one more than is left is no news. */
export function countAgain(count: Count, seconds: number, answer: unknown, now: number, ageMs = 0): Count {
  const next = beginCount(seconds, answer, now, ageMs);
  const laterMs = next.endsAt - count.endsAt;
  const isSame = count.left > 0 && laterMs >= -1000 && laterMs <= 1000;
  return isSame ? { ...tickCount(count, now), seconds, answer } : next;
}

/** The wait as it stands now. A timer is early or late by a little: to the nearest second. */
export const tickCount = (count: Count, now: number): Count => ({
  ...count,
  left: Math.max(0, Math.round((count.endsAt - now) / 1000)),
});
