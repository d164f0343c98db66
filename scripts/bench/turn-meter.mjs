import { appendFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

/*
 * Loaded into the desk's process (`node --import`): on SIGUSR2 it writes the longest turn of the event loop since the last
 * time, in milliseconds, to the file that TURN_METER names. For so long nobody else was answered.
 */

const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
process.on("SIGUSR2", () => {
  appendFileSync(process.env.TURN_METER ?? "", `${delays.max / 1e6}\n`);
  delays.reset();
});
