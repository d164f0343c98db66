import "server-only";
import { PostgresDialect } from "kysely";
import pg from "pg";
import { keepSecret } from "../scrub";
import { requireHeld } from "./postgres-lock";

const int8 = 20;

/**
 * With it, of two columns that are asked for the first alone is taken for an index, and all that it has is read to be sorted: a
 * page of the trail is found by an index of both (`audit-search.ts`).
 */
const settings = ["enable_incremental_sort=off"];

/** A dialect on PostgreSQL. 64-bit integers come as numbers: ours are times and counts, far below 2^53. */
export const postgresDialect = (url: string): PostgresDialect => onPool(url, 10, settings);

/** The same for reading alone, on few connections. */
export const postgresReadDialect = (url: string): PostgresDialect =>
  onPool(url, 2, [...settings, "default_transaction_read_only=on"]);

function onPool(url: string, max: number, settings: string[]): PostgresDialect {
  const { password, searchParams } = new URL(url);
  keepSecret(password, decodeURIComponent(password), ...searchParams.getAll("password"));
  const pool = new pg.Pool({
    connectionString: url,
    max,
    // The address may have options of its own, which win.
    options: settings.map((setting) => `-c ${setting}`).join(" "),
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
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
  return new PostgresDialect({ pool: { connect, end: () => pool.end() } });
}
