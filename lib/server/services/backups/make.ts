import "server-only";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Env } from "../../env";
import { moveFile, syncFile } from "../../store/durable-file";
import { sqliteFile } from "../../store/folder";
import { openStore } from "../../store/open";
import { copySqlite } from "../../store/sqlite";
import { BackupError } from "./backup-error";
import { requireWholeTrail } from "./require-whole-trail";

/** What a backup holds: so many entries of the audit trail, which verifies. */
export type Backup = { entries: number };

/**
 * Writes a backup of the store to a new file, readable by its owner alone, while the desk runs or not. It is one
 * moment of the store, its audit trail is verified, and it appears under its name only when it is whole and on disk.
 * The secret is not in it.
 * @throws BackupError where there is no SQLite store, the file exists already, or the trail does not verify.
 */
export async function makeBackup(env: Env, file: string): Promise<Backup> {
  if (env.databaseUrl)
    throw new BackupError(
      "the store lies on PostgreSQL: back it up with pg_dump, as docs/operating.md shows",
    );
  if (!existsSync(sqliteFile(env.dataDir))) throw new BackupError(`there is no store in ${env.dataDir}`);
  const target = resolve(file);
  if (existsSync(target)) throw new BackupError(`${file} exists already: a backup replaces nothing`);
  mkdirSync(dirname(target), { recursive: true });
  // The draft is a folder beside the target, since a store is opened by its folder.
  const draft = `${target}.${process.pid}.draft`;
  mkdirSync(draft, { mode: 0o700 });
  try {
    const copy = sqliteFile(draft);
    writeFileSync(copy, "", { mode: 0o600 });
    copySqlite(env.dataDir, copy);
    const db = openStore({ dataDir: draft });
    const entries = await requireWholeTrail(db).finally(() => db.destroy());
    syncFile(copy);
    moveFile(copy, target);
    return { entries };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
