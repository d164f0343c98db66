import "server-only";
import { performance } from "node:perf_hooks";
import { measuring } from "./current";
import { type StoreStep, storeSteps } from "./instruments";

/*
 * What is counted as it happens. Each of these is nothing where nothing is measured.
 */

/** One finished try of a call, or one that was refused before anything was sent: words of ours, and a configured id. */
type Call = {
  portalId: string;
  /** Method and path template. */
  endpoint: string;
  status?: number;
  kind?: string;
  cause?: string;
  durationMs: number;
};

/** Refusals of ours: what the last call met is no news of this one. */
const ownRefusals = ["breaker_open", "budget"];

/** Counts a call by what it came to: `ok`, why there was no answer of the portal's own, or what its answer was. */
export function countPortalCall({ portalId: portal, endpoint, status, kind, cause, durationMs }: Call): void {
  const { instruments } = measuring();
  if (!instruments) return;
  const isRefused = kind !== undefined && ownRefusals.includes(kind);
  const outcome = kind === undefined ? "ok" : isRefused ? kind : (cause ?? kind);
  const isAnswered = status !== undefined && !isRefused;
  instruments.calls.inc({ portal, endpoint, outcome, status: isAnswered ? classOf(status) : "none" });
  if (isAnswered || (cause !== undefined && !isRefused))
    instruments.callSeconds.observe({ portal, endpoint }, durationMs / 1_000);
}

/** A status as its class, for instance `2xx`. */
export const classOf = (status: number): string => `${Math.floor(status / 100)}xx`;

/**
 * Counts an operation that came to its end, in the transaction that notes it: one that is undone, since the store failed at its
 * very end, counts all the same.
 */
export const countOperationEnd = (kind: string, outcome: string): void =>
  measuring().instruments?.operationsEnded.inc({ kind, outcome });

/** Runs a step of the store, and notes how long it took. */
export type StoreTimer = <T>(step: StoreStep, task: () => Promise<T>) => Promise<T>;

/** What times the store; undefined where nothing is measured, so that it costs nothing there. */
export function storeTimer(): StoreTimer | undefined {
  const { instruments } = measuring();
  if (!instruments) return undefined;
  // Looked up once: by its labels each observation would be looked up anew.
  const of = new Map(storeSteps.map((step) => [step, instruments.storeSeconds.labels(step)]));
  return async (step, task) => {
    const startedAt = performance.now();
    try {
      return await task();
    } finally {
      of.get(step)?.observe((performance.now() - startedAt) / 1_000);
    }
  };
}
