import "server-only";
import { AsyncResource } from "node:async_hooks";
import { Worker } from "node:worker_threads";
import { minutes } from "../../clock";
import { DeskError } from "../../errors";
import type { StorePlace } from "../../store/open";
import type { Desk } from "../desk";
import type { TrailReader } from "./reader";

/*
 * Reads the trail in a thread of its own, on a connection of its own: a million entries are hashed and written out in many
 * seconds, in which nobody is to wait. The thread begins when it is needed, and ends when it has not been for a while.
 */

const idleMs = minutes(1);
/** What the thread may hold, so that a trail like none that the desk wrote takes it down and not the desk. */
const resourceLimits = { maxOldGenerationSizeMb: 256 };

/** What the thread is asked, by name. */
export type ReaderTasks = Pick<TrailReader, "verify" | "exportPage">;
export type Question = { id: number; task: keyof ReaderTasks; query: unknown };
export type Reply = { id: number; answer?: unknown; error?: { message: string; code?: string } };

/** All that the thread works with. */
export type ReaderData = { place: StorePlace; checkpointsFile: string; auditKey: Buffer };

type Waiting = { resolve(answer: never): void; reject(error: Error): void };

export function startReaderThread({ env, keys }: Pick<Desk, "env" | "keys">): TrailReader {
  // What is made in a request would hold it for as long as the thread lives.
  const outside = new AsyncResource("trail reader");
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let asked = 0;

  const begin = (): Worker => {
    const workerData: ReaderData = {
      place: { dataDir: env.dataDir, databaseUrl: env.databaseUrl },
      checkpointsFile: env.checkpointsFile,
      auditKey: keys.audit,
    };
    const begun = new Worker("./lib/server/services/audit/reader-worker.ts", { workerData, resourceLimits });
    begun.unref();
    begun.on("message", ({ id, answer, error }: Reply) => {
      const asker = waiting.get(id);
      waiting.delete(id);
      if (error) asker?.reject(Object.assign(new Error(error.message), { code: error.code }));
      else asker?.resolve(answer as never);
      if (waiting.size === 0) idle = setTimeout(() => void end(), idleMs).unref();
    });
    begun.on("error", (error) => fail(begun, error));
    begun.on("exit", () => fail(begun, new Error("the thread that reads the trail has ended")));
    return begun;
  };

  /** All who wait for a thread that is gone are told; the next who asks begins another. */
  const fail = (gone: Worker | undefined, error: Error) => {
    if (worker !== gone) return;
    worker = undefined;
    clearTimeout(idle);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  const end = async () => {
    const ended = worker;
    fail(ended, new DeskError("store_unavailable"));
    await ended?.terminate();
  };

  const ask = <Answer>(task: Question["task"], query?: unknown): Promise<Answer> =>
    new Promise((resolve, reject) => {
      clearTimeout(idle);
      const id = ++asked;
      waiting.set(id, { resolve, reject });
      worker ??= outside.runInAsyncScope(begin);
      worker.postMessage({ id, task, query } satisfies Question);
    });

  return {
    verify: () => ask("verify"),
    exportPage: (query) => ask("exportPage", query),
    close: end,
  };
}
