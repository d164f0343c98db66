import "server-only";
import { performance } from "node:perf_hooks";
import { setImmediate as immediate } from "node:timers/promises";
import { once } from "./runtime";

/*
 * One turn of the event loop for everybody. What is done for ten thousand of anything in one go keeps all others from
 * being answered, and so does a row of statements to SQLite, which answers in this very process.
 */

/** So long a turn may be, in milliseconds, before whoever goes on for long lets others in between. */
const longestTurnMs = 3;

/** When the present turn began, as far as anybody has asked, and the last who waits for one. */
const turn = () => once("turn", (): { since?: number; waiting?: Promise<void> } => ({}));

/**
 * Begins a new turn where the present one has become long; to be waited for in each round of whatever goes on for long.
 * One waits behind the other: each has a turn of its own, and everybody else has theirs between.
 * @returns undefined where there is nothing to wait for.
 */
export function nextTurn(): Promise<void> | undefined {
  if (turnMs() < longestTurnMs) return undefined;
  const current = turn();
  current.waiting = (current.waiting ?? Promise.resolve()).then(() => immediate()).then(begin);
  return current.waiting;
}

/** As `nextTurn`, for one step of many small ones: whoever takes few does not wait behind whoever takes many. */
export const nextStep = (): Promise<void> | undefined =>
  turnMs() < 2 * longestTurnMs ? undefined : immediate().then(begin);

/** How long the present turn has lasted. */
function turnMs(): number {
  const current = turn();
  const now = performance.now();
  if (current.since !== undefined) return now - current.since;
  current.since = now;
  setImmediate(() => {
    current.since = undefined;
  });
  return 0;
}

/** Whoever waited has a turn now, whatever others did in theirs. */
function begin(): void {
  turn().since = performance.now();
}

/** So many are done before it is asked how long that took. */
const atOnce = 8;

/** As `Array.map`, in as many turns as it takes. */
export async function mapInSlices<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => R | Promise<R>,
): Promise<R[]> {
  const made: R[] = [];
  for (let index = 0; index < items.length; index += 1) {
    const result = work(items[index] as T, index);
    made.push(result instanceof Promise ? await result : result);
    const wait = index % atOnce === atOnce - 1 ? nextTurn() : undefined;
    if (wait) await wait;
  }
  return made;
}

/** As `Array.filter`, the same way. */
export async function filterInSlices<T>(items: readonly T[], fits: (item: T) => boolean): Promise<T[]> {
  return (await mapInSlices(items, (item) => (fits(item) ? [item] : []))).flat();
}

/** Consecutive parts of so many. */
export const partsOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  );
