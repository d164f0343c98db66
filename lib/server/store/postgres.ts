import "server-only";
import { PostgresDialect } from "kysely";
import pg from "pg";
import { keepSecret } from "../scrub";
import { requireHeld } from "./postgres-lock";

const int8 = 20;

/** A dialect on PostgreSQL. 64-bit integers come as numbers: ours are times and counts, far below 2^53. */
export const postgresDialect = (url: string): PostgresDialect =>
  postgresPool(url, { max: 10 }, (client) => client.on("error", () => {}));

/** The same for reading alone, on few connections. */
export const postgresReadDialect = (url: string): PostgresDialect =>
  postgresPool(url, { max: 2 }, (client) => {
    client.on("error", () => {});
    client.query("set default_transaction_read_only = on").catch(() => {});
  });

function postgresPool(
  url: string,
  options: pg.PoolConfig,
  onConnect: (client: pg.PoolClient) => void,
): PostgresDialect {
  const { password, searchParams } = new URL(url);
  keepSecret(password, decodeURIComponent(password), ...searchParams.getAll("password"));
  const pool = new pg.Pool({
    connectionString: url,
    ...options,
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
  pool.on("connect", onConnect);
  const connect = async () => {
    requireHeld(url);
    return pool.connect();
  };
  return new PostgresDialect({ pool: { connect, end: () => pool.end() } });
}
