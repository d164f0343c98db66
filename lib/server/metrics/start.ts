import "server-only";
import { collectDefaultMetrics } from "prom-client";
import { measuring } from "./current";
import { makeInstruments, prefix } from "./instruments";

/** Has this process measure itself from now on, the runtime's memory, event loop and collector too. Once a process. */
export function startMetrics(version: string): void {
  if (measuring().instruments) return;
  const instruments = makeInstruments(version);
  collectDefaultMetrics({ register: instruments.registry, prefix });
  measuring().instruments = instruments;
}
