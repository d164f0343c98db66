import { resolve } from "node:path";
import "./early-signals.mjs";
import { whyNotWhole } from "./whole";

/* `scripts/start.mjs` of the folder that `npm run build` makes: runs the desk out of that folder. */

const folder = resolve(import.meta.dirname, "..");
const fault = whyNotWhole(folder);
if (fault) fail(fault);
// The rest is loaded when the signals have their handlers.
const { serve } = await import("./serve").catch((error: Error) =>
  fail(
    `this machine cannot load it (${error.message.split("\n", 1)[0]}): the folder is for the kind of machine that it was ` +
      "built on; build it on one like this",
  ),
);
await serve(async () => folder);

function fail(reason: string): never {
  console.error(`Tokendesk cannot start: ${reason}`);
  process.exit(1);
}
