import "server-only";
import { Kysely, Migrator } from "kysely";
import { isPostgres } from "./engine";
import { readMeta, writeMeta } from "./meta";
import * as first from "./migrations/0001-first";
import * as indexes from "./migrations/0002-indexes";
import * as proofs from "./migrations/0003-proofs";
import * as pages from "./migrations/0004-pages";
import * as rounds from "./migrations/0005-rounds";
import * as history from "./migrations/0006-history";
import * as use from "./migrations/0007-use";
import { ParameterPlugin } from "./parameters";
import { postgresDialect, postgresReadDialect } from "./postgres";
import type { Db, Schema } from "./schema";
import { cleanFreePages, sqliteDialect, sqliteReadDialect } from "./sqlite";

/** Where the store lies: `databaseUrl` wins over the folder. */
export type StorePlace = { dataDir: string; databaseUrl?: string };

/** Opens the store. Nothing is created or migrated yet, but the SQLite file. */
export function openStore(place: StorePlace): Db {
  const dialect = place.databaseUrl ? postgresDialect(place.databaseUrl) : sqliteDialect(place.dataDir);
  return new Kysely<Schema>({ dialect, plugins: [new ParameterPlugin()] });
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
};

/** Brings the tables to this version: forward only, all in one transaction. */
export async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
  if (isPostgres(db) || (await readMeta(db, cleaned)) !== undefined) return;
  await cleanFreePages(db);
  await writeMeta(db, cleaned, "1");
}

/** Noted once a store's free pages are clean: they stay so. */
const cleaned = "free_pages_cleaned";
