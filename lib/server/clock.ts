import "server-only";
import { performance } from "node:perf_hooks";

/** Where time comes from, so that a test can hold it. */
export type Clock = {
  /** Wall clock, milliseconds since the epoch. For what is stored or compared with a stored time. */
  now(): number;
  /** Milliseconds that never run backwards, from an arbitrary start. For durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when that is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((wake, reject) => {
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        wake();
      }, ms);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Milliseconds in so many seconds. */
export const seconds = (count: number): number => count * 1_000;

/** Milliseconds in so many minutes. */
export const minutes = (count: number): number => count * 60_000;

/** Milliseconds in so many hours. */
export const hours = (count: number): number => count * 3_600_000;

/** Milliseconds in so many days. */
export const days = (count: number): number => count * 86_400_000;

/** By so much a clock is set right now and then, without anything coming of it. */
export const clockSlackMs = 60_000;

/**
 * Whether a noted time lies ahead: the clock has been set back since. What such a time would prolong, a session or
 * a proof, ends instead.
 */
export const isAhead = (notedAt: number, now: number): boolean => notedAt > now + clockSlackMs;

/** RFC 3339, in UTC, of a time in milliseconds since the epoch. */
export const instantOf = (ms: number): string => new Date(ms).toISOString();

/**
 * What a task gives, or undefined when it takes longer than a browser is kept waiting; it goes on either way. What it
 * throws after that is for whoever began it to note.
 */
export async function withinPatience<T>(clock: Clock, task: Promise<T>, ms: number): Promise<T | undefined> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(
    () => undefined,
    () => undefined,
  );
  task.catch(() => {});
  try {
    return await Promise.race([task, late]);
  } finally {
    // With a reason of its own: the platform's would be an error with a stack, at every request.
    done.abort("done");
  }
}
