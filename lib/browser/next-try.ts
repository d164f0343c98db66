const underWayMs = 800;

/**
 * How many milliseconds on to look at what waits for its next try: no later than when that comes, and soon where it has come.
 * @param retryAfter seconds; undefined where it is under way. @param mostMs what is soon enough while it waits.
 */
export const untilNextTry = (retryAfter: number | undefined, mostMs: number): number =>
  retryAfter === undefined ? underWayMs : Math.min(mostMs, retryAfter * 1_000);
