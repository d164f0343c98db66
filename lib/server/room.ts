import "server-only";
import { DeskError } from "./errors";

/** Room for what takes much memory while it lasts. Whoever waits for it holds none. */
export type Room = {
  /**
   * Waits for a place, of which each person has one at most. @returns what gives it back.
   * @throws DeskError `too_many_requests` where the person waits for several already.
   */
  enter(person: string): Promise<() => void>;
};

/** Makes room for so many at once. */
export function createRoom(places: number, mostWaitsOfAPerson: number): Room {
  const inside = new Set<string>();
  const waiting: { person: string; enter: () => void }[] = [];
  const admit = () => {
    if (inside.size >= places) return;
    const next = waiting.findIndex(({ person }) => !inside.has(person));
    for (const { person, enter } of next < 0 ? [] : waiting.splice(next, 1)) {
      inside.add(person);
      enter();
    }
  };
  return {
    async enter(person) {
      if (waiting.filter((one) => one.person === person).length >= mostWaitsOfAPerson)
        throw new DeskError("too_many_requests", { retryAfter: 5 });
      await new Promise<void>((enter) => {
        waiting.push({ person, enter });
        admit();
      });
      return () => {
        inside.delete(person);
        admit();
      };
    },
  };
}

/** What may have something to give back once its answer is written, where somebody says when that is. */
export type Lasting = { onDone?: (end: () => void) => void };

/** Runs a task, and what it left to be given back once it is done, whatever comes of it. */
export async function untilDone<C extends Lasting, T>(ctx: C, task: (ctx: C) => Promise<T>): Promise<T> {
  const ends: (() => void)[] = [];
  try {
    return await task({ ...ctx, onDone: (end) => ends.push(end) });
  } finally {
    for (const end of ends) end();
  }
}
