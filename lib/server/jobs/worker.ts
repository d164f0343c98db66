import "server-only";
import { hours, minutes, seconds } from "../clock";
import { loggedError } from "../errors";
import { takeCheckpoint, takeDueCheckpoint } from "../services/audit/checkpoint-file";
import { watchTrail } from "../services/audit/watch";
import { endUnfitConnections } from "../services/connections/end-unfit";
import type { Desk } from "../services/desk";
import { driveDueRevocations, lookForDueMints, resumeMints } from "../services/operations/resume";
import { endOverdueSessions } from "../services/sessions/end-overdue";
import { forgetSome } from "../services/sessions/forget";
import { clearErased } from "../store/erased";

/** A worker that runs until it is stopped; `stop` waits for the steps under way, and leaves a last checkpoint. */
export type Worker = { stop(): Promise<void> };

type Step = (desk: Desk) => Promise<void>;

/** Begun anew each second, whatever the last one still waits for: it knows what is under way. */
const overlapping: Step[] = [driveDueRevocations];

/** What was erased is gone from the disk so soon. PostgreSQL writes whole tables anew for it, which nobody reads meanwhile. */
const clearEveryMs = { sqlite: seconds(10), postgres: minutes(1) };
const restPerHeldMs = 1_000;

const steps: Step[] = [lookForDueMints, endOverdueSessions, takeDueCheckpoint, watchTrail];

/**
 * Starts the desk's worker: what nobody waits for in a browser. Every second it takes each kind of work one step
 * further; a step that fails is logged and tried again, and one that takes long keeps no other waiting.
 */
export function startWorker(desk: Desk): Worker {
  const stopping = new AbortController();
  const repeat = async (step: Step) => {
    while (!stopping.signal.aborted) {
      await attempt(desk, step, stopping.signal);
      await desk.clock.sleep(seconds(1), stopping.signal).catch(() => {});
    }
  };
  const underWay = new Set<Promise<void>>();
  const keepBeginning = async (step: Step) => {
    while (!stopping.signal.aborted) {
      const round = attempt(desk, step).finally(() => underWay.delete(round));
      underWay.add(round);
      await desk.clock.sleep(seconds(1), stopping.signal).catch(() => {});
    }
    await Promise.all(underWay);
  };
  const run = async () => {
    await attempt(desk, endUnfitConnections);
    await attempt(desk, resumeMints);
    const all = [...steps, clearDisk(), forget()];
    await Promise.all([...all.map(repeat), ...overlapping.map(keepBeginning)]);
  };
  const done = run();
  return {
    async stop() {
      stopping.abort();
      // A long trail is read for longer than a stop may take.
      await desk.reader.close();
      await done;
      await attempt(desk, takeCheckpoint);
    },
  };
}

/** Clears the disk so often at most, and rests long enough that tables are held for a small part of the time. */
function clearDisk(): Step {
  let nextAt = Number.NEGATIVE_INFINITY;
  return async function clearDisk({ db, env, clock }) {
    const startedAt = clock.monotonic();
    if (startedAt < nextAt) return;
    nextAt = startedAt + (env.databaseUrl ? clearEveryMs.postgres : clearEveryMs.sqlite);
    const heldMs = await clearErased(db);
    nextAt = Math.max(nextAt, startedAt + restPerHeldMs * heldMs);
  };
}

/** A little each second until nothing is left, and then once an hour. */
function forget(): Step {
  let nextAt = Number.NEGATIVE_INFINITY;
  return async function forget(desk) {
    const startedAt = desk.clock.monotonic();
    if (startedAt < nextAt) return;
    if (!(await forgetSome(desk))) nextAt = startedAt + hours(1);
  };
}

async function attempt(desk: Desk, step: Step, stopping?: AbortSignal): Promise<void> {
  try {
    await step(desk);
  } catch (error) {
    if (stopping?.aborted) return;
    desk.log.error({ step: step.name, ...loggedError(error) }, "the worker met an error");
  }
}
