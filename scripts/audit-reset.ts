import { existsSync } from "node:fs";
import { resetCheckpoints } from "@/lib/server/services/audit/reset-checkpoints";
import { TrailError } from "@/lib/server/services/audit/trail-error";
import { sqliteFile } from "@/lib/server/store/folder";
import { runStoreCommand, withStoppedDesk } from "./store-command";

/*
 * `npm run audit:reset`: takes the file of checkpoints as it is, while the desk is stopped, once it is understood why some of
 * them are missing. It changes nothing in the trail, and is an entry of it.
 */

await runStoreCommand("audit:reset", async (env) => {
  if (!env.databaseUrl && !existsSync(sqliteFile(env.dataDir)))
    throw new TrailError(`there is no store in ${env.dataDir}`);
  const { found, missing, state } = await withStoppedDesk(env, () => resetCheckpoints(env));
  if (!state.ok)
    throw new TrailError(
      `${missing} missing checkpoints are not looked for any more, but the trail is still broken at entry ${state.brokenAt}: ` +
        "an entry was changed or cut off, or the file has a checkpoint that is not the desk's; to begin anew move the file aside first",
    );
  return [
    `${env.checkpointsFile} has ${found} checkpoints; ${missing} that were written are not looked for any more.`,
    "The trail verifies. That this was asked for is an entry of it.",
  ].join("\n");
});
