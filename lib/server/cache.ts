import "server-only";
import { LRUCache } from "lru-cache";
import type { Clock } from "./clock";

/**
 * What is kept in memory from one request to another: never without a bound, and values only. A promise, a timer, or an
 * error whose stack nobody has read yet holds the request in which it was made (`AsyncLocalStorage`, V8's frames).
 */
export type Cache<V extends NonNullable<unknown>> = LRUCache<string, V>;

type Bounds<V> = {
  /** So many, or so much where `sizeOf` is given; what was used longest ago goes first. */
  most: number;
  sizeOf?: (value: V) => number;
};

/**
 * Makes one. It decides only what memory holds: whether something old still counts is for its user to say, by the desk's
 * own clock.
 */
export const createCache = <V extends NonNullable<unknown>>({ most, sizeOf }: Bounds<V>): Cache<V> =>
  new LRUCache<string, V>(
    sizeOf ? { maxSize: most, sizeCalculation: (value) => sizeOf(value) + 1 } : { max: most },
  );

/** What is being asked, or what came of it and until when that counts, by the monotonic clock. */
export type Answer<V> = { asked: Promise<V> } | { said: V; until: number };

/**
 * Asks once for all who want the same meanwhile, and tells what came of it until it counts no more. What fails is told to them, and
 * not kept.
 * @param until until when, for what was said to a question of a time of the clock.
 */
export async function askOnce<V>(
  answers: Cache<Answer<V>>,
  key: string,
  { clock, ask, until }: { clock: Clock; ask: () => Promise<V>; until: (said: V, begun: number) => number },
): Promise<V> {
  const known = answers.get(key);
  if (known && "asked" in known) return known.asked;
  const begun = clock.monotonic();
  if (known && begun < known.until) return known.said;
  const entry = { asked: ask() };
  answers.set(key, entry);
  const isLast = () => answers.get(key) === entry;
  entry.asked.then(
    (said) => isLast() && answers.set(key, { said, until: until(said, begun) }),
    () => isLast() && answers.delete(key),
  );
  return entry.asked;
}
