import { setTimeout as wait } from "node:timers/promises";

/** Nobody answered in time: no error of the doctor's. */
export class NoAnswer extends Error {}

/** How long a part may take. Whatever was asked goes on, and nobody waits for it. */
export type Deadline = <T>(work: Promise<T>) => Promise<T>;

/**
 * @param ms from now on.
 * @returns what waits for something until then. It throws NoAnswer, in words that are fit to print.
 */
export function deadlineIn(ms: number): Deadline {
  const over = wait(ms, undefined, { ref: false }).then((): never => {
    throw new NoAnswer(`no answer within ${Math.round(ms / 1_000)} seconds`);
  });
  over.catch(() => {});
  return (work) => Promise.race([work, over]);
}
