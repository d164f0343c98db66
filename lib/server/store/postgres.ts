import "server-only";
import { type Kysely, PostgresAdapter, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { keepSecret } from "../scrub";
import { requireHeld } from "./postgres-lock";
import { inItsSchema } from "./postgres-server";

const int8 = 20;

const statementLimit = "set statement_timeout = 15000";

const settings = [
  /*
   * With it, of two columns that are asked for the first alone is taken for an index, and all that it has is read to be
   * sorted: a page of the trail is found by an index of both (`audit-search.ts`).
   */
  "set enable_incremental_sort = off",
  statementLimit,
];

/** A dialect on PostgreSQL. 64-bit integers come as numbers: ours are times and counts, far below 2^53. */
export const postgresDialect = (url: string): PostgresDialect => onPool(url, 10, settings);

/** The same for reading alone, on few connections. */
export const postgresReadDialect = (url: string): PostgresDialect =>
  onPool(url, 2, [...settings, "set default_transaction_read_only = on"]);

function onPool(url: string, max: number, settings: string[]): PostgresDialect {
  const { password, searchParams } = new URL(url);
  keepSecret(password, decodeURIComponent(password), ...searchParams.getAll("password"));
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    // By a statement, since a pooler refuses what it does not know among the parameters of a start.
    onConnect: (client) => client.query([...settings, inItsSchema].join("; ")),
    types: {
      getTypeParser: (oid, format) =>
        oid === int8 ? (Number as unknown) : pg.types.getTypeParser(oid as number, format as "text"),
    } as pg.CustomTypesConfig,
  });
  // A connection that breaks is replaced by the pool, and its query fails; without a listener, on the pool for idle
  // connections and on each for the time between two queries of a transaction, it would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const connect = async () => {
    requireHeld(url);
    return pool.connect();
  };
  return new DeskDialect({ pool: { connect, end: () => pool.end() } });
}

class DeskDialect extends PostgresDialect {
  override createAdapter() {
    return new DeskAdapter();
  }
}

/**
 * The desk's own lock keeps others out: of its schema alone, where Kysely's would be the whole database's. A migration may
 * take long, since an index reads all that its table has.
 */
class DeskAdapter extends PostgresAdapter {
  override async acquireMigrationLock(db: Kysely<unknown>) {
    await sql`set statement_timeout = 0; set lock_timeout = 0`.execute(db);
  }
  override async releaseMigrationLock(db: Kysely<unknown>) {
    await sql.raw(`${statementLimit}; reset lock_timeout`).execute(db);
  }
}
