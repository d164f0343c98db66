import "server-only";
import { Kysely, Migrator } from "kysely";
import * as first from "./migrations/0001-first";
import * as indexes from "./migrations/0002-indexes";
import * as proofs from "./migrations/0003-proofs";
import { ParameterPlugin } from "./parameters";
import { postgresDialect } from "./postgres";
import type { Db, Schema } from "./schema";
import { sqliteDialect } from "./sqlite";

/** Where the store lies: `databaseUrl` wins over the folder. */
export type StorePlace = { dataDir: string; databaseUrl?: string };

/** Opens the store. Nothing is created or migrated yet, but the SQLite file. */
export function openStore(place: StorePlace): Db {
  const dialect = place.databaseUrl ? postgresDialect(place.databaseUrl) : sqliteDialect(place.dataDir);
  return new Kysely<Schema>({ dialect, plugins: [new ParameterPlugin()] });
}

const migrations = { "0001-first": first, "0002-indexes": indexes, "0003-proofs": proofs };

/** Brings the tables to this version: forward only, all in one transaction. */
export async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
