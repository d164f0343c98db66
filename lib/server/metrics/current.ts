import "server-only";
import { once } from "../runtime";
import type { Instruments } from "./instruments";

/** Where this process keeps what it measures with; empty where nothing is measured. */
export const measuring = (): { instruments?: Instruments } => once("metrics", () => ({}));

/** Whether this process measures itself. */
export const isMeasured = (): boolean => measuring().instruments !== undefined;
