import { resolve } from "node:path";
import { ensureBuild } from "./ensure-build";
import { serve } from "./serve";

/* `npm start` in a checkout: builds where that is needed, and runs the desk. */

await serve(() => ensureBuild(resolve(import.meta.dirname, "..")));
