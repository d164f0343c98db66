import { systemClock } from "@/lib/server/clock";
import { BackupError } from "@/lib/server/services/backups/backup-error";
import { restoreBackup, settleDatabase } from "@/lib/server/services/backups/restore";
import { runStoreCommand, withStoppedDesk } from "./store-command";

/*
 * `npm run restore -- <file> [--force]`: a backup in the place of the store, while the desk is stopped. On PostgreSQL,
 * where pg_restore does that, `npm run restore` without a file checks and settles what it has restored.
 */

await runStoreCommand("restore", async (env) => {
  const given = process.argv.slice(2);
  const files = given.filter((word) => word !== "--force");
  const [file] = files;
  if (env.databaseUrl && file)
    throw new BackupError("the store lies on PostgreSQL: use pg_restore first, then this without a file");
  if (files.length !== (env.databaseUrl ? 0 : 1) || files.some((word) => word.startsWith("--")))
    throw new BackupError("wants the file to restore: npm run restore -- <file> [--force]");
  const restored = await withStoppedDesk(env, () =>
    file === undefined
      ? settleDatabase(env, systemClock)
      : restoreBackup(env, file, given.includes("--force"), systemClock),
  );
  const { entries, sessions, mints, revocations, replaced } = restored;
  return [
    `Restored: ${entries} audit entries, which verify. ${sessions} sessions ended.`,
    `Under way: ${mints} mints (not sent again; the portal's list tells), ${revocations} revocations (driven on).`,
    ...(replaced ? [`The store that was there before is kept as ${replaced}`] : []),
  ].join("\n");
});
