import { resolve } from "node:path";
import "./early-signals.mjs";

/* `scripts/start.mjs` of the folder that `npm run build` makes: runs the desk out of that folder. */

// The rest is loaded when the signals have their handlers.
const { serve } = await import("./serve");
await serve(async () => resolve(import.meta.dirname, ".."));
