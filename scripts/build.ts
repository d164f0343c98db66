import { resolve } from "node:path";
import { build, whyNoBuild } from "./ensure-build";
import { endTogether } from "./signals";

/* `npm run build`: the build that `npm start` wants, whatever there was before. */

endTogether();
const root = resolve(import.meta.dirname, "..");
const hindrance = whyNoBuild(root);
if (hindrance)
  console.error(`Tokendesk cannot be built in ${process.env.NEXT_DIST_DIR || ".next"}: ${hindrance}`);
process.exit(!hindrance && (await build(root, "inherit")) ? 0 : 1);
