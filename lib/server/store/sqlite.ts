import "server-only";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SqliteAdapter, type SqliteDatabase, SqliteDialect, type SqliteStatement } from "kysely";
import Database from "libsql";

/** Another process works on the data folder. */
export class FolderLockedError extends Error {}

/**
 * Takes the data folder for this process by an exclusive transaction on a file of its own. The operating system
 * holds that lock, so it ends with the process, however it dies.
 * @returns the release.
 * @throws FolderLockedError while another process holds it.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new Database(join(folder, "desk.lock"), { timeout: 0 });
  try {
    lock.exec("begin exclusive");
  } catch {
    lock.close();
    throw new FolderLockedError("another Tokendesk works on this data folder");
  }
  return () => lock.close();
}

// SQLite's DDL is transactional; Kysely assumes not. With it a migration that dies half-way leaves nothing.
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl() {
    return true;
  }
}

class FileDialect extends SqliteDialect {
  override createAdapter() {
    return new TransactionalSqliteAdapter();
  }
}

const mostStatements = 200;

/** Compiles each statement once. The desk asks the same few hundred again and again, several in each request. */
function withKeptStatements(database: Database.Database): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    const statement = database.prepare(sql);
    return {
      reader: statement.reader,
      all: (parameters) => statement.all(parameters),
      run: (parameters) => statement.run(parameters),
      // A cursor stays open between rows: it gets a statement of its own.
      iterate: (parameters) => database.prepare(sql).iterate(parameters),
    };
  };
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = kept.get(sql) ?? prepare(sql);
      // The map keeps the order of use: what was used longest ago goes first.
      kept.delete(sql);
      kept.set(sql, known);
      const [oldest] = kept.keys();
      if (kept.size > mostStatements && oldest !== undefined) kept.delete(oldest);
      return known;
    },
  };
}

/** A dialect on the SQLite file `tokendesk.db` in a folder: WAL, and every commit on disk before it returns. */
export function sqliteDialect(folder: string): SqliteDialect {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new Database(join(folder, "tokendesk.db"), { timeout: 5000 });
  database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;");
  return new FileDialect({ database: withKeptStatements(database) });
}
