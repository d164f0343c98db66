import { appendFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/*
 * Loaded into the desk's process (`node --import`): on SIGUSR2 it writes to the file that METER names the longest turn of
 * the event loop since the last time, in milliseconds (for so long nobody else was answered), and, once what nobody needs
 * has been collected, the bytes of live heap.
 */

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
const turn = () => new Promise((wake) => setImmediate(wake));
process.on("SIGUSR2", async () => {
  const turnMs = delays.max / 1e6;
  // What is told when something was collected lets go of more, in the next turn.
  collect();
  await turn();
  collect();
  const { heapUsed } = process.memoryUsage();
  appendFileSync(process.env.METER ?? "", `${JSON.stringify({ turnMs, heapUsed })}\n`);
  setImmediate(() => delays.reset());
});
