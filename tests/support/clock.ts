import type { Clock } from "@/lib/server/clock";

/** A clock that stands still until the test moves it. */
export type ManualClock = Clock & {
  /** Moves both clocks on, waking sleepers in their order and letting what they start run before going on. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as an administrator or NTP would. */
  setWall(now: number): void;
  /** How many are asleep. */
  sleepers(): number;
};

type Sleeper = { wakeAt: number; wake: () => void };

/** Lets promises and immediate callbacks that are ready run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export function manualClock(start = Date.UTC(2025, 0, 15, 12)): ManualClock {
  let elapsed = 0;
  let offset = start;
  let asleep: Sleeper[] = [];

  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const done = () => {
          asleep = asleep.filter((other) => other !== sleeper);
          signal?.removeEventListener("abort", onAbort);
        };
        const onAbort = () => {
          done();
          reject(signal?.reason);
        };
        const wake = () => {
          done();
          resolve();
        };
        const sleeper: Sleeper = { wakeAt: elapsed + ms, wake };
        signal?.addEventListener("abort", onAbort, { once: true });
        asleep.push(sleeper);
      });
    },
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (;;) {
        const next = Math.min(...asleep.map((one) => one.wakeAt));
        if (next > until) break;
        elapsed = Math.max(elapsed, next);
        for (const one of asleep.filter(({ wakeAt }) => wakeAt <= elapsed)) one.wake();
        await settle();
      }
      elapsed = until;
    },
    setWall(now) {
      offset = now - elapsed;
    },
    sleepers: () => asleep.length,
  };
}
