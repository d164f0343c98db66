import { BackupError } from "@/lib/server/services/backups/backup-error";
import { makeBackup } from "@/lib/server/services/backups/make";
import { runStoreCommand } from "./store-command";

/* `npm run backup -- <file>`: one consistent, verified copy of the store, while the desk runs. */

await runStoreCommand("backup", async (env) => {
  const [file, ...rest] = process.argv.slice(2);
  if (!file || rest.length > 0) throw new BackupError("wants the file to write: npm run backup -- <file>");
  const { entries } = await makeBackup(env, file);
  return `Backed up to ${file}: ${entries} audit entries, which verify. The secret is not in it; keep that elsewhere.`;
});
