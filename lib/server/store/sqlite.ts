import "server-only";
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import {
  type DatabaseConnection,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
  sql,
} from "kysely";
import Database from "libsql";
import { createCache } from "../cache";
import { nextStep } from "../slices";
import { isPostgres } from "./engine";
import { fileFault, StoreError } from "./error";
import { sqliteFile } from "./folder";
import type { Db } from "./schema";

// SQLite's DDL is transactional; Kysely assumes not. With it a migration that dies half-way leaves nothing.
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl() {
    return true;
  }
}

/**
 * Whoever means to write takes the lock at once: a transaction that has read already is not let wait for another program's
 * (SQLite, "Isolation"). Whoever only reads takes none.
 */
type Begin = "begin immediate" | "begin";

/**
 * A full or broken disk ends the transaction by itself (SQLite, "Response To Errors Within A Transaction"). To undo it
 * once more would fail, and hide why.
 */
class FileDriver extends SqliteDriver {
  constructor(
    private readonly file: Database.Database,
    private readonly begin: Begin,
  ) {
    super({ database: withKeptStatements(file) });
  }

  override async beginTransaction(): Promise<void> {
    this.file.exec(this.begin);
  }

  /** Between two statements others have their turn: SQLite answers in this very process. */
  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    return {
      executeQuery(query) {
        const wait = nextStep();
        return wait ? wait.then(() => connection.executeQuery(query)) : connection.executeQuery(query);
      },
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.file.inTransaction) await super.rollbackTransaction(connection);
  }
}

class FileDialect extends SqliteDialect {
  constructor(
    private readonly file: Database.Database,
    private readonly begin: Begin,
  ) {
    super({ database: file });
  }

  override createDriver() {
    return new FileDriver(this.file, this.begin);
  }

  override createAdapter() {
    return new TransactionalSqliteAdapter();
  }
}

const mostStatements = 200;

/** Compiles each statement once. The desk asks the same few hundred again and again, several in each request. */
function withKeptStatements(database: Database.Database): SqliteDatabase {
  const kept = createCache<SqliteStatement>({ most: mostStatements });
  const prepare = (sql: string): SqliteStatement => {
    const statement = database.prepare(sql);
    const withLock: <T>(execute: () => T) => T = /^(insert|update|delete)\b/i.test(sql)
      ? (execute) => lockedWhile(database, execute)
      : (execute) => execute();
    return {
      reader: statement.reader,
      all: (parameters) => withLock(() => statement.all(parameters)),
      run: (parameters) => withLock(() => statement.run(parameters)),
      // A cursor stays open between rows: it gets a statement of its own.
      iterate: (parameters) => database.prepare(sql).iterate(parameters),
    };
  };
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = kept.get(sql) ?? prepare(sql);
      kept.set(sql, known);
      return known;
    },
  };
}

/**
 * Executes a statement that writes with the write lock in hand. One that has to get it and cannot, since another program has it for
 * longer than is waited, would stay in progress until it is executed again, and no transaction be committed until then
 * (tursodatabase/libsql-js#238). `exec` leaves nothing in progress.
 */
function lockedWhile<T>(database: Database.Database, execute: () => T): T {
  if (database.inTransaction) return execute();
  database.exec("begin immediate");
  try {
    const result = execute();
    database.exec("commit");
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec("rollback");
    throw error;
  }
}

/**
 * Writes one consistent copy of a folder's store to an empty file, as it is at this moment, while others read and
 * write it: what is committed is in the copy, whole transactions only.
 */
export function copySqlite(folder: string, target: string): void {
  const database = new Database(sqliteFile(folder), { timeout: 5000 });
  try {
    database.prepare("vacuum into ?").run(target);
  } finally {
    database.close();
  }
}

/** Whether a folder's store is a SQLite file whose pages are whole. */
export function isWholeSqlite(folder: string): boolean {
  const database = new Database(sqliteFile(folder), { timeout: 0 });
  try {
    const [found] = database.prepare("pragma quick_check").all() as { quick_check: string }[];
    return found?.quick_check === "ok";
  } catch {
    return false;
  } finally {
    database.close();
  }
}

/**
 * Folds a folder's write-ahead log into the file itself, so that the one file is all of the store.
 * @throws Error where it cannot be opened, or somebody else has it open.
 */
export function foldSqlite(folder: string): void {
  const database = new Database(sqliteFile(folder), { timeout: 0 });
  try {
    database.exec("pragma synchronous = full");
    const [end] = database.prepare("pragma wal_checkpoint(truncate)").all() as { busy: number }[];
    if (end?.busy !== 0) throw new Error("the write-ahead log is in use");
  } finally {
    database.close();
  }
}

/**
 * Folds the write-ahead log of an open store into its file and empties it: pages of before stay in the log until then,
 * with what was erased from them. On PostgreSQL nothing.
 */
export async function foldOpenStore(db: Db): Promise<void> {
  if (isPostgres(db)) return;
  for (let tries = 0; tries < mostTries && !(await foldNow(db)); tries += 1) await setTimeout(betweenTriesMs);
}

/** Whoever reads the file for long, a verification say, reads a little at a time: between two the log is free. */
const mostTries = 20;
const betweenTriesMs = 15;

/** @returns whether it could be done. */
const foldNow = (db: Db): Promise<boolean> =>
  db.connection().execute(async (one) => {
    // Whoever reads the file meanwhile, a backup say, is not waited for: everybody else would wait too.
    await sql`pragma busy_timeout = 0`.execute(one);
    try {
      const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(one);
      return rows[0]?.busy === 0;
    } finally {
      await sql.raw(`pragma busy_timeout = ${busyTimeoutMs}`).execute(one);
    }
  });

/** Takes what was erased before the store did so by itself out of the file's free pages. */
export const cleanFreePages = (db: Db) => sql`vacuum`.execute(db);

const busyTimeoutMs = 5_000;

/**
 * A dialect on the SQLite file `tokendesk.db` in a folder: WAL, and every commit on disk before it returns.
 * @throws StoreError
 */
export function sqliteDialect(folder: string): SqliteDialect {
  const file = sqliteFile(folder);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Its own log and index take the file's mode. What lies in a folder that others may read is not theirs to read.
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
    const database = new Database(file, { timeout: busyTimeoutMs });
    const [mode] = database.prepare("pragma journal_mode = wal").all() as { journal_mode: string }[];
    if (mode?.journal_mode !== "wal")
      throw new StoreError(
        `TOKENDESK_DATA: ${folder}: its file system has no shared memory: name a place on a local disk`,
      );
    database.exec("pragma synchronous = full; pragma foreign_keys = on;");
    // What is erased is to be gone: from its page at once, from the log when it is folded. A short log folds quickly.
    database.exec("pragma secure_delete = on; pragma wal_autocheckpoint = 200;");
    return new FileDialect(database, "begin immediate");
  } catch (error) {
    throw error instanceof StoreError ? error : fileFault("TOKENDESK_DATA", file, error);
  }
}

/** A dialect on the same file, which is there, for reading alone: a second connection, whose reading keeps no writer waiting. */
export function sqliteReadDialect(folder: string): SqliteDialect {
  const database = new Database(sqliteFile(folder), { timeout: busyTimeoutMs });
  database.exec("pragma query_only = on;");
  return new FileDialect(database, "begin");
}
