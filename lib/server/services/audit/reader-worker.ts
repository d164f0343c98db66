import "server-only";
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../clock";
import { codeOf } from "../../errors";
import { openStoreToRead } from "../../store/open";
import { createTrailReader } from "./reader";
import type { Question, ReaderData, Reply } from "./reader-thread";

/* The thread of `reader-thread`: it answers what it is asked, on a connection that only reads. */

const { place, checkpointsFile, auditKey }: ReaderData = workerData;
const reader = createTrailReader({
  db: openStoreToRead(place),
  clock: systemClock,
  // What passes between threads is no Buffer any more.
  keys: { audit: Buffer.from(auditKey) },
  env: { checkpointsFile },
});

parentPort?.on("message", async ({ id, task, query }: Question) => {
  const reply = await reader[task](query as never).then(
    (answer): Reply => ({ id, answer }),
    (error: Error): Reply => ({ id, error: { message: error.message, code: codeOf(error) } }),
  );
  parentPort?.postMessage(reply);
});
