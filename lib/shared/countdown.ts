/** A wait that is counted down. Times are milliseconds of a monotonic clock: the time of day may be set anew meanwhile. */
export type Count = {
  /** The whole seconds that were told, and the answer that told them. */
  seconds: number;
  answer: unknown;
  /** When it is over. */
  endsAt: number;
  /** What it began with: an answer that only says again how much is left begins nothing. */
  from: number;
  /** Whole seconds that are left. */
  left: number;
};

export const beginCount = (seconds: number, answer: unknown, now: number): Count => ({
  seconds,
  answer,
  endsAt: now + seconds * 1000,
  from: seconds,
  left: seconds,
});

/** The wait after a newer answer. What is told are whole seconds, rounded up: up to one more than is left is no news. */
export function countAgain(count: Count, seconds: number, answer: unknown, now: number): Count {
  const next = beginCount(seconds, answer, now);
  const laterMs = next.endsAt - count.endsAt;
  const isSame = count.left > 0 && laterMs >= -1000 && laterMs <= 1000;
  return isSame ? { ...tickCount(count, now), seconds, answer } : next;
}

/** The wait as it stands now. A timer is early or late by a little: to the nearest second. */
export const tickCount = (count: Count, now: number): Count => ({
  ...count,
  left: Math.max(0, Math.round((count.endsAt - now) / 1000)),
});
