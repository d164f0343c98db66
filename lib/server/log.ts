import "server-only";
import pino, { type Logger } from "pino";
import { rawWrite } from "./printing";
import { once } from "./runtime";
import { scrubLine } from "./scrub";

/**
 * The desk's log: one JSON line an event on standard output. The values of every event pass the scrubber, so that a
 * portal credential that some error carries along is masked before it is written.
 */
export const log = (): Logger =>
  once("log", () =>
    pino(
      { base: null, timestamp: pino.stdTimeFunctions.isoTime, level: "info" },
      { write: (line: string) => rawWrite(process.stdout)(`${scrubLine(line)}\n`) },
    ),
  );
