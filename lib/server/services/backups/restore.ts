import "server-only";
import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../clock";
import type { Env } from "../../env";
import { log } from "../../log";
import { moveFile, syncFile, syncFolder } from "../../store/durable-file";
import { tableNames } from "../../store/engine";
import { sqliteFile } from "../../store/folder";
import { migrate, openStore } from "../../store/open";
import type { Db } from "../../store/schema";
import { foldSqlite, isWholeSqlite } from "../../store/sqlite";
import { openKeys } from "../keys/open";
import { readWrappedKey } from "../keys/wrapped-key";
import { BackupError } from "./backup-error";
import { requireWholeTrail } from "./require-whole-trail";
import { type Settled, settleRestored } from "./settle-restored";

/** What came of it, and where the store that was there before lies now. */
export type Restored = Settled & { replaced?: string };

/**
 * Puts a backup in the place of the store. It is copied, brought up to date, opened with the secret, verified and
 * settled beside the present store; only then, in one step, it takes that one's name. Until then nothing has
 * changed, whenever the process dies; afterwards the old store is kept under another name. The caller holds the
 * store's lock.
 * @param force whether a store that is there may be replaced.
 * @throws BackupError, KeyError with the one line that says why not.
 */
export async function restoreBackup(env: Env, file: string, force: boolean, clock: Clock): Promise<Restored> {
  const { dataDir } = env;
  const isThere = existsSync(sqliteFile(dataDir));
  if (isThere && !force)
    throw new BackupError(`there is a store in ${dataDir} already: --force replaces it, and keeps it aside`);
  requireClosedFile(file);
  const draft = join(dataDir, "restoring");
  // What a try that was interrupted left behind.
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    copyFileSync(file, sqliteFile(draft));
    if (!isWholeSqlite(draft)) throw new BackupError(`${file} is not a whole SQLite file`);
    const db = openStore({ dataDir: draft });
    const settled = await makeReady(db, env, clock).finally(() => db.destroy());
    foldSqlite(draft);
    syncFile(sqliteFile(draft));
    const replaced = isThere ? setAside(dataDir, clock) : undefined;
    moveFile(sqliteFile(draft), sqliteFile(dataDir));
    return { ...settled, replaced };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * The same for a database that its own tools have restored already: checked, and settled where it lies. The caller
 * holds the store's lock.
 * @throws BackupError, KeyError
 */
export async function settleDatabase(env: Env, clock: Clock): Promise<Restored> {
  const db = openStore(env);
  return makeReady(db, env, clock).finally(() => db.destroy());
}

function requireClosedFile(file: string): void {
  if (!existsSync(file)) throw new BackupError(`there is no file ${file}`);
  // A plain copy of a file in use: what was written last lies in the log beside it.
  const wal = statSync(`${file}-wal`, { throwIfNoEntry: false });
  if (wal && wal.size > 0)
    throw new BackupError(`${file} has a write-ahead log beside it: give a file that npm run backup made`);
}

async function makeReady(db: Db, env: Env, clock: Clock): Promise<Settled> {
  await requireTokendesk(db);
  await migrate(db).catch(() => {
    throw new BackupError(
      "its tables are of another version: restore it with the Tokendesk that made it, or a newer",
    );
  });
  await requireWholeTrail(db);
  const keys = await openKeys(db, env);
  return settleRestored({ db, env, keys, clock, log: log() });
}

/** A store has its tables, its migrations' history and its wrapped key. */
async function requireTokendesk(db: Db): Promise<void> {
  const foreign = new BackupError("it is not a store of Tokendesk");
  const names = await tableNames(db);
  if (!["meta", "audit", "audit_head", "kysely_migration"].every((name) => names.has(name))) throw foreign;
  const { wrapped, salt } = await readWrappedKey(db);
  if (!wrapped || !salt) throw foreign;
}

/**
 * Gives the present store a second name, under which it stays. Its write-ahead log has to be in it by then: SQLite
 * would apply one that lies there to whatever has the store's name.
 */
function setAside(folder: string, clock: Clock): string {
  const file = sqliteFile(folder);
  const aside = `${file}.replaced-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-")}`;
  try {
    foldSqlite(folder);
  } catch {
    // Too damaged to be opened, which may be why it is replaced: its log is kept beside it as it is.
    for (const end of ["-wal", "-shm"]) if (existsSync(file + end)) renameSync(file + end, aside + end);
  }
  linkSync(file, aside);
  syncFolder(folder);
  return aside;
}
