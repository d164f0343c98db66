import "server-only";
import { PostgresDialect } from "kysely";
import pg from "pg";
import { keepSecret } from "../scrub";

const int8 = 20;

/** A dialect on PostgreSQL. 64-bit integers come as numbers: ours are times and counts, far below 2^53. */
export function postgresDialect(url: string): PostgresDialect {
  const { password } = new URL(url);
  keepSecret(password, decodeURIComponent(password));
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
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
  return new PostgresDialect({ pool });
}

// Any fixed number: it names "the desk of this database" among the advisory locks.
const deskLock = 7_463_518_224;

/** Another process works on the database. */
export class DatabaseLockedError extends Error {}

/**
 * Takes the database for this process by an advisory lock, waiting for as long as another desk has it.
 * The lock ends with its connection, so a dead owner's is free at once; `onLost` is called when ours breaks.
 * @param wait false to be refused at once instead.
 * @returns the release.
 * @throws DatabaseLockedError while another process holds it, and this one does not wait.
 */
export async function lockDatabase(
  url: string,
  onLost: () => void,
  wait = true,
): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url, keepAlive: true });
  let released = false;
  client.on("error", () => {
    if (!released) onLost();
  });
  await client.connect();
  if (wait) await client.query("select pg_advisory_lock($1)", [deskLock]);
  else {
    const { rows } = await client.query("select pg_try_advisory_lock($1) as ours", [deskLock]);
    if (!rows[0]?.ours) {
      released = true;
      await client.end();
      throw new DatabaseLockedError("a Tokendesk works on this database");
    }
  }
  return async () => {
    released = true;
    await client.end();
  };
}
