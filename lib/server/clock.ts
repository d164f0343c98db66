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

/** RFC 3339, in UTC, of a time in milliseconds since the epoch. */
export const instantOf = (ms: number): string => new Date(ms).toISOString();
