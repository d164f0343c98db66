import "server-only";
import { hours, minutes, seconds } from "../clock";
import { isStoreFull, loggedError } from "../errors";
import { takeCheckpoint, takeDueCheckpoint } from "../services/audit/checkpoint-file";
import { watchTrail } from "../services/audit/watch";
import { endUnfitConnections } from "../services/connections/end-unfit";
import type { Desk } from "../services/desk";
import {
  driveDueRevocations,
  lookForDueMints,
  resumeMints,
  resumeRevocations,
} from "../services/operations/resume";
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

/** A store that takes no writes is left alone for so long: what could not be noted would be asked of the portal again. */
const fullRestMs = seconds(10);

const steps: Step[] = [lookForDueMints, endOverdueSessions, takeDueCheckpoint, watchTrail];

/**
 * Starts the desk's worker: what nobody waits for in a browser. Every second it takes each kind of work one step
 * further; a step that fails is logged and tried again, and one that takes long keeps no other waiting. All of it rests while the
 * store takes no writes, of which the log has been told already.
 */
export function startWorker(desk: Desk): Worker {
  const stopping = new AbortController();
  let restsUntil = Number.NEGATIVE_INFINITY;
  const begin = async (step: Step, signal?: AbortSignal) => {
    if (desk.clock.monotonic() < restsUntil) return;
    if ((await attempt(desk, step, signal)) === "full") restsUntil = desk.clock.monotonic() + fullRestMs;
  };
  const repeat = async (step: Step) => {
    while (!stopping.signal.aborted) {
      await begin(step, stopping.signal);
      await desk.clock.sleep(seconds(1), stopping.signal).catch(() => {});
    }
  };
  const underWay = new Set<Promise<void>>();
  const keepBeginning = async (step: Step) => {
    while (!stopping.signal.aborted) {
      const round = begin(step).finally(() => underWay.delete(round));
      underWay.add(round);
      await desk.clock.sleep(seconds(1), stopping.signal).catch(() => {});
    }
    await Promise.all(underWay);
  };
  const run = async () => {
    await attempt(desk, endUnfitConnections);
    await attempt(desk, resumeRevocations);
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

async function attempt(desk: Desk, step: Step, stopping?: AbortSignal): Promise<"full" | undefined> {
  try {
    await step(desk);
  } catch (error) {
    if (isStoreFull(error)) return "full";
    if (stopping?.aborted) return;
    desk.log.error({ step: step.name, ...loggedError(error) }, "the worker met an error");
  }
}
