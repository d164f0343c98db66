import "server-only";

/** Runs one task at a time for each name, in the order they came. */
export type Leases = {
  run<T>(name: string, task: () => Promise<T>): Promise<T>;
  /** Whether a task of this name runs or waits. */
  isBusy(name: string): boolean;
};

/** Leases within this process, which is the only one that works on its store. */
export function createLeases(): Leases {
  const last = new Map<string, Promise<unknown>>();
  return {
    isBusy: (name) => last.has(name),
    async run(name, task) {
      const before = last.get(name) ?? Promise.resolve();
      const mine = before.then(task, task);
      const settled = mine.catch(() => {});
      last.set(name, settled);
      try {
        return await mine;
      } finally {
        if (last.get(name) === settled) last.delete(name);
      }
    },
  };
}
