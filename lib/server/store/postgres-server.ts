import "server-only";
import pg from "pg";
import { causeOf, causes } from "../cause";
import { codeOf } from "../errors";
import { noWrites, StoreError } from "./error";

/*
 * What a desk wants of the server behind `DATABASE_URL`, and what it says where that is not so. Codes are PostgreSQL's
 * (Appendix A of its documentation) and those of Node's sockets; the driver has errors with a message alone.
 */

const atOnce = "start the desk again when it is up";

const badOptions =
  "the server knows none of the options in the address as they are written: correct them (options=-c%20search_path%3Ddesk)";
const badPassword = "the server refuses the password of this user: correct it";

const refusals: Record<string, string> = {
  "28P01": badPassword,
  "28000":
    "the server lets this user in from here not at all, or not in this way: see its pg_hba.conf, and whether the user exists",
  "3D000": "there is no database of this name: make it (createdb), or name another",
  "3F000": "no schema of its search_path exists: make it (create schema), or name another",
  "42501":
    "this user may not make tables in the schema: grant create on it, or name one that belongs to the user",
  "25006":
    "it takes no writing (default_transaction_read_only, or a copy of another server): name the one that does",
  store_full: noWrites,
  "53100": "the server's disk is full: make room",
  "53300": "the server has no connection left: raise its max_connections, or end others",
  "57P03": `the server is starting, or shutting down: ${atOnce}`,
  "57P01": `the server is shutting down: ${atOnce}`,
  "42704": badOptions,
  "42601": badOptions,
  "22023": badOptions,
  "08P01": "whoever answers refuses how the desk connects: name the server itself instead of a pooler",
};

const messages: [message: RegExp, words: string][] = [
  [
    /does not support SSL/,
    "the server speaks no TLS: configure it there, or write sslmode=disable where the way to it is safe",
  ],
  [
    /^SASL: .*password must be/,
    "the server wants to be told a password, and the address has none: write it there",
  ],
  [
    /sslmode=verify-ca requires/,
    "sslmode=verify-ca wants the authority's certificate: name its file as sslrootcert",
  ],
  [/^SASL:/, badPassword],
  [/timeout|timed out/i, `the server does not answer: see host, port, and any firewall; ${atOnce}`],
  [
    /invalid response|Received unexpected|terminated unexpectedly|unknown message/i,
    "whoever answers there is no PostgreSQL, or wants TLS (sslmode=verify-full): see host and port",
  ],
];

/** Codes that mean another thing where the server says so. Its words are looked at, and never repeated. */
const special: [code: string, message: RegExp, words: string][] = [
  [
    "53300",
    /for (role|database)/,
    "no connection is left for this user, or for this database: raise its connection limit",
  ],
  ["42501", /for database/, "this user may not connect to the database: grant connect on it"],
];

const isOfNetwork = /^(E[A-Z_]+|CERT_\w+|UNABLE_TO_\w+|DEPTH_\w+|SELF_SIGNED_\w+|HOSTNAME_\w+|CRL_\w+)$/;

/** Why the database cannot be used, in words. What the driver says is never repeated: it quotes what it was given. */
export function databaseFault(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : "";
  const words =
    special.find(([of, pattern]) => of === code && pattern.test(message))?.[2] ??
    refusals[code] ??
    (isOfNetwork.test(code) && error instanceof Error ? ofNetwork(error) : undefined) ??
    messages.find(([pattern]) => pattern.test(message))?.[1] ??
    `the database cannot be used (${code || "unknown error"})`;
  return new StoreError(`DATABASE_URL: ${words}`);
}

function ofNetwork(error: Error): string {
  if (codeOf(error) === "ENOENT") return "there is no such socket: see the host in the address";
  const cause = causeOf(error);
  const mend = cause.startsWith("certificate")
    ? "name its authority's certificate as sslrootcert in the address, or correct it"
    : "see host and port, and whether the server runs and may be reached from here";
  return `the server cannot be reached, since ${causes[cause]}: ${mend}`;
}

const patienceMs = 5_000;

/** A connection of its own, which this process asks on alone. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    keepAlive: true,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  });
  // Whoever wants to know listens as well; without a listener it would end the process.
  client.on("error", () => {});
  await client.connect();
  await client.query(inItsSchema);
  return client;
}

/**
 * Has a connection work in the desk's schema alone: of those in its `search_path` the first that has a desk's tables, else the
 * first. A schema that is made later before that one would otherwise have its name from then on.
 */
export const inItsSchema = `select set_config('search_path', quote_ident(coalesce(
  (select name from unnest(current_schemas(false)) with ordinality as path (name, place)
    where exists (select 1 from pg_tables where schemaname = name and tablename = 'desk_lock') order by place limit 1),
  current_schema())), false)`;

/** The oldest version that has all that the desk asks for. */
const oldest = 13;

/**
 * Finds out whether a desk can work on the database that a connection leads to.
 * @throws StoreError
 */
export async function requireUsable(client: pg.Client, url: string): Promise<void> {
  await requireOwnBackend(client, url);
  const { rows } = await client.query(`
    select current_setting('server_version_num')::int / 10000 as version, current_setting('server_encoding') as encoding,
      current_schema() as schema, pg_is_in_recovery() as copy,
      current_setting('default_transaction_read_only')::bool as "readOnly",
      has_schema_privilege(current_schema(), 'create') as "mayCreate"`);
  const { version, encoding, schema, copy, readOnly, mayCreate } = rows[0];
  if (version < oldest)
    throw new StoreError(`DATABASE_URL: the server is PostgreSQL ${version}: ${oldest} or newer is wanted`);
  if (encoding !== "UTF8")
    throw new StoreError(
      `DATABASE_URL: the database's encoding is ${encoding}: make one whose encoding is UTF8`,
    );
  const code = schema === null ? "3F000" : copy || readOnly ? "25006" : mayCreate ? undefined : "42501";
  if (code) throw databaseFault(Object.assign(new Error(), { code }));
}

const tries = 3;

/**
 * Refuses a pooler that gives a connection another backend for each transaction (PgBouncer's `pool_mode = transaction`): the
 * lock would be taken on one of them and stay there, whoever had it next. It is told by the backends alone, and leaves
 * nothing on any. A pooler hands out keys for cancelling of its own, so without one the first question is all.
 */
async function requireOwnBackend(client: pg.Client, url: string): Promise<void> {
  const first = await backendOf(client);
  if (first === processIdOf(client)) return;
  for (let at = 0; at < tries; at += 1) {
    const other = await connectTo(url);
    try {
      await other.query("begin");
      const taken = await backendOf(other);
      // The other one keeps its backend for now: ours is either that one, or no more the one that it was.
      if (taken !== first && (await backendOf(client)) === first) continue;
    } catch {
      // A pool that pools statements begins nothing.
    } finally {
      await other.query("rollback").catch(() => {});
      await other.end().catch(() => {});
    }
    throw new StoreError(
      "DATABASE_URL: a pooler in between shares connections by transaction, or has too few of them: name the server itself, " +
        "or a pool of its own for the desk with pool_mode = session and 15 connections",
    );
  }
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query("select pg_backend_pid() as pid");
  return rows[0].pid;
}

/** As the server said it when the connection began; the driver's types leave it out. */
const processIdOf = (client: pg.Client) => (client as pg.Client & { processID: number | null }).processID;
