import { resolve } from "node:path";
import { ensureBuild } from "../../scripts/ensure-build";

/** The tests that speak HTTP run against the built app; it is built once a run, and only where that is needed. */
export default async function setup(): Promise<void> {
  await ensureBuild(resolve(import.meta.dirname, "../.."));
}
