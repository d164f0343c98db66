import "server-only";
import { Kysely, Migrator, sql } from "kysely";
import { currentSchema, isPostgres, tableNames } from "./engine";
import { fileFault, StoreError } from "./error";
import { sqliteFile } from "./folder";
import { watchFull } from "./full";
import { readMeta, writeMeta } from "./meta";
import * as first from "./migrations/0001-first";
import * as indexes from "./migrations/0002-indexes";
import * as proofs from "./migrations/0003-proofs";
import * as pages from "./migrations/0004-pages";
import * as rounds from "./migrations/0005-rounds";
import * as history from "./migrations/0006-history";
import * as use from "./migrations/0007-use";
import * as urgencies from "./migrations/0008-urgencies";
import { ParameterPlugin } from "./parameters";
import { postgresDialect, postgresReadDialect } from "./postgres";
import { databaseFault } from "./postgres-server";
import type { Db, Schema } from "./schema";
import { cleanFreePages, sqliteDialect, sqliteReadDialect } from "./sqlite";
import { timed } from "./timed";

/** Where the store lies: `databaseUrl` wins over the folder. */
export type StorePlace = { dataDir: string; databaseUrl?: string };

/** Opens the store. Nothing is created or migrated yet, but the SQLite file. */
export function openStore(place: StorePlace): Db {
  const dialect = place.databaseUrl
    ? watchFull(postgresDialect(place.databaseUrl))
    : watchFull(sqliteDialect(place.dataDir), place.dataDir);
  return new Kysely<Schema>({ dialect: timed(dialect), plugins: [new ParameterPlugin()] });
}

/** Why a store could not be opened, in words. */
export function storeFault({ dataDir, databaseUrl }: StorePlace, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return databaseUrl ? databaseFault(error) : fileFault("TOKENDESK_DATA", sqliteFile(dataDir), error);
}

/** Opens a store that is there and up to date, for reading alone. */
export function openStoreToRead(place: StorePlace): Db {
  const dialect = place.databaseUrl
    ? postgresReadDialect(place.databaseUrl)
    : sqliteReadDialect(place.dataDir);
  return new Kysely<Schema>({ dialect, plugins: [new ParameterPlugin()] });
}

const migrations = {
  "0001-first": first,
  "0002-indexes": indexes,
  "0003-proofs": proofs,
  "0004-pages": pages,
  "0005-rounds": rounds,
  "0006-history": history,
  "0007-use": use,
  "0008-urgencies": urgencies,
};

/** Of the stores that a desk may find, those that it cannot bring up to date. */
export class NewerStoreError extends StoreError {}

/**
 * Refuses a store that a newer desk has brought to a version that this one does not know.
 * @throws NewerStoreError
 */
export async function requireKnownVersion(db: Db): Promise<void> {
  if (!(await tableNames(db)).has("kysely_migration")) return;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name desc`.execute(
    db,
  );
  const unknown = rows.find(({ name }) => !(name in migrations));
  if (unknown)
    throw new NewerStoreError(
      `the store was made by a newer Tokendesk (its tables are at ${unknown.name}): install that one, or restore a backup of before`,
    );
}

/**
 * At which version a store's tables are, and how many steps a start would take them further.
 * @returns undefined where there are none yet.
 */
export async function versionOf(db: Db): Promise<{ at: string; behind: number } | undefined> {
  if (!(await tableNames(db)).has("kysely_migration")) return undefined;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const done = rows.map(({ name }) => name);
  const behind = Object.keys(migrations).filter((name) => !done.includes(name)).length;
  return { at: done.at(-1) ?? "none", behind };
}

/**
 * Brings the tables to this version: forward only, all in one transaction. The caller holds the store's lock.
 * @throws NewerStoreError
 */
export async function migrate(db: Db): Promise<void> {
  await requireKnownVersion(db);
  // Kysely looks for its tables in every schema of a database unless it is told which.
  const migrationTableSchema = isPostgres(db) ? await currentSchema(db) : undefined;
  const provider = { getMigrations: async () => migrations };
  const { error } = await new Migrator({ db, provider, migrationTableSchema }).migrateToLatest();
  if (error) throw error;
  if (isPostgres(db) || (await readMeta(db, cleaned)) !== undefined) return;
  await cleanFreePages(db);
  await writeMeta(db, cleaned, "1");
}

/** Noted once a store's free pages are clean: they stay so. */
const cleaned = "free_pages_cleaned";
