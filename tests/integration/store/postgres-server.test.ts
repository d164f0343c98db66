import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import pg from "pg";
import { afterEach, describe, expect, inject, test } from "vitest";
import { scrub } from "@/lib/server/scrub";
import { migrate, openStore } from "@/lib/server/store/open";
import { lockDatabase } from "@/lib/server/store/postgres-lock";
import { freePort } from "../../support/free-port";
import { startPooler } from "../../support/pooler";
import { createDatabase } from "../../support/postgres";
import { selfSigned } from "../portal/self-signed";

/* PostgreSQL as people run it: behind poolers, with limits for roles, in schemas, and not quite as it should be. */

const never = () => {
  throw new Error("the lock is lost");
};

async function query(url: string, ...statements: string[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let result = await client.query("select 1");
    for (const statement of statements) result = await client.query(statement);
    return result;
  } finally {
    await client.end();
  }
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);
const changed = (url: string, change: (url: URL) => void) => {
  const other = new URL(url);
  change(other);
  return other.href;
};
const heldLocks = async (url: string): Promise<number> => {
  const { rows } = await query(
    url,
    "select count(*)::int as n from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
  );
  return rows[0].n;
};

const own = () => createDatabase(inject("postgresUrl"));
const asRole = async (rights: (url: string, role: string) => string[]) => {
  const url = await own();
  const role = `role_${nameOf(url)}`;
  await query(url, `create role ${role} login`, ...rights(url, role));
  return changed(url, (other) => {
    other.username = role;
  });
};

describe("a pooler", () => {
  // The lock would stay on one of its connections: of two desks both would have it, or after one none.
  test("that shares connections by transaction is refused, and no lock is left behind", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const pooler = await startPooler(url, "transaction");
    await expect(lockDatabase(pooler.url, never)).rejects.toThrow(
      /DATABASE_URL: a pooler .*pool_mode = session/,
    );
    expect(await heldLocks(url)).toBe(0);
    await (await lockDatabase(url, never))();
    pooler.close();
  });

  test("that gives each its own is as good as the server itself", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const pooler = await startPooler(url, "session");
    const release = await lockDatabase(pooler.url, never);
    const db = openStore({ dataDir: "", databaseUrl: pooler.url });
    await migrate(db);
    await expect(lockDatabase(url, never)).rejects.toThrow("a Tokendesk works on this database");
    await db.destroy();
    await release();
    expect(await heldLocks(url)).toBe(0);
    pooler.close();
  });
});

// A pooler may clean up a connection that it thinks is idle (`discard all`).
test("the lock that a connection loses is taken again", async () => {
  const url = await createDatabase(inject("postgresUrl"));
  const pooler = await startPooler(url, "session");
  const release = await lockDatabase(pooler.url, never);
  pooler.say("select pg_advisory_unlock_all()");
  await expect.poll(() => heldLocks(url)).toBe(0);
  await expect.poll(() => heldLocks(url), { timeout: 10_000 }).toBeGreaterThan(0);
  await release();
  pooler.close();
});

test("a desk that ends in order has freed the database by then", async () => {
  const url = await createDatabase(inject("postgresUrl"));
  for (let round = 0; round < 20; round += 1) await (await lockDatabase(url, never))();
  expect(await heldLocks(url)).toBe(0);
});

// A role's limits are for queries that went wrong; a standby waits for days.
test("waiting outlives the limits that a role has for statements and for locks", async () => {
  const url = await createDatabase(inject("postgresUrl"));
  await query(
    url,
    `alter database "${nameOf(url)}" set lock_timeout = 50`,
    `alter database "${nameOf(url)}" set statement_timeout = 50`,
    `alter database "${nameOf(url)}" set idle_session_timeout = 200`,
  );
  const release = await lockDatabase(url, never);
  let waits = 0;
  const second = lockDatabase(url, never, () => {
    waits += 1;
  });
  await expect.poll(() => waits).toBe(1);
  // Longer than any of the limits: the first has to hold it, and the second to go on asking.
  await new Promise((wake) => setTimeout(wake, 2_500));
  await release();
  await (await second)();
});

// The desk's own limit is for a request: an index of a trail of years takes longer.
test("a migration has no limit", async () => {
  const url = await createDatabase(inject("postgresUrl"));
  await query(
    url,
    `create function limits() returns event_trigger language plpgsql as $$ begin
      if current_setting('statement_timeout') <> '0' or current_setting('lock_timeout') <> '0'
      then raise 'limited'; end if; end $$`,
    "create event trigger limits on ddl_command_start when tag in ('CREATE INDEX') execute function limits()",
    `alter database "${nameOf(url)}" set lock_timeout = 50`,
  );
  const db = openStore({ dataDir: "", databaseUrl: url });
  await migrate(db);
  await db.destroy();
});

describe("two schemas of one database", () => {
  const inSchema = (url: string, name: string) =>
    changed(url, ({ searchParams }) => searchParams.set("options", `-c search_path=${name}`));

  // Somebody else's history would be taken for ours, or the one desk wait for the other for ever.
  test("have a desk each, with tables of its own, and neither waits for the other", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    await query(
      url,
      "create schema one",
      "create schema two",
      "create table public.kysely_migration (name text)",
    );
    await query(url, "insert into public.kysely_migration values ('9999-of-somebody-else')");
    const places = ["one", "two"].map((name) => inSchema(url, name));
    const releases: (() => Promise<void>)[] = [];
    for (const databaseUrl of places) {
      releases.push(await lockDatabase(databaseUrl, never));
      const db = openStore({ dataDir: "", databaseUrl });
      await migrate(db);
      await migrate(db);
      await db.destroy();
    }
    const { rows } = await query(
      url,
      "select schemaname as schema from pg_tables where tablename = 'audit' order by 1",
    );
    expect(rows.map(({ schema }) => schema)).toEqual(["one", "two"]);
    for (const databaseUrl of places)
      await expect(lockDatabase(databaseUrl, never)).rejects.toThrow("a Tokendesk works on this database");
    for (const release of releases) await release();
  });

  // `create schema desk` for the user `desk`, while their desk is at work in `public`: its tables would be looked for in there.
  test("a schema that is made later before the desk's own changes nothing", async () => {
    const url = await asRole(() => ["grant all on schema public to public"]);
    const role = new URL(url).username;
    const release = await lockDatabase(url, never);
    const db = openStore({ dataDir: "", databaseUrl: url });
    await migrate(db);
    await query(
      inject("postgresUrl").replace(/\/[^/]*$/, new URL(url).pathname),
      `create schema ${role} authorization ${role}`,
    );
    await expect(lockDatabase(url, never)).rejects.toThrow("a Tokendesk works on this database");
    const again = openStore({ dataDir: "", databaseUrl: url });
    for (const one of [db, again]) await migrate(one);
    const { rows } = await query(
      url,
      "select distinct schemaname as schema from pg_tables where tablename = 'audit'",
    );
    expect(rows).toEqual([{ schema: "public" }]);
    await db.destroy();
    await again.destroy();
    await release();
  });

  test("are no way around a desk of an earlier version, which locks the whole database", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const earlier = new pg.Client({ connectionString: url });
    await earlier.connect();
    await earlier.query("select pg_advisory_lock(7463518224)");
    await expect(lockDatabase(url, never)).rejects.toThrow("a Tokendesk works on this database");
    await earlier.end();
  });
});

describe("where no desk can work, one line says why", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  const listening = async (server: Server): Promise<string> => {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `postgres://desk:pw@127.0.0.1:${(server.address() as AddressInfo).port}/desk`;
  };
  /** As the server's rules would have it for this role: they come before those that trust everybody. */
  const byRule = async (method: string, password = "") => {
    const url = await asRole((_, role) => [`alter role ${role} password 'right'`]);
    const { rows } = await query(
      inject("postgresUrl"),
      "select pg_read_file(current_setting('hba_file')) as rules, current_setting('hba_file') as file",
    );
    const { writeFileSync } = await import("node:fs");
    writeFileSync(rows[0].file, `host all ${new URL(url).username} all ${method}\n${rows[0].rules}`);
    await query(inject("postgresUrl"), "select pg_reload_conf()");
    return changed(url, (other) => {
      other.password = password;
    });
  };

  test.each<[string, RegExp, () => Promise<string>]>([
    [
      "nobody listens",
      /cannot be reached, since the connection is refused: see host and port/,
      async () => `postgres://u@127.0.0.1:${await freePort()}/x`,
    ],
    [
      "the host has no address",
      /its name is not found \(DNS\)/,
      async () => "postgres://u@no-such-host.invalid/x",
    ],
    [
      "there is no database of that name",
      /no database of this name: make it \(createdb\)/,
      async () =>
        changed(await own(), (url) => {
          url.pathname = "/nowhere";
        }),
    ],
    [
      "the user is unknown",
      /whether the user exists/,
      async () =>
        changed(await own(), (url) => {
          url.username = "nobody_known";
        }),
    ],
    ["the password is wrong", /refuses the password of this user/, () => byRule("scram-sha-256", "wrong")],
    ["there is no password", /the address has none: write it there/, () => byRule("scram-sha-256")],
    ["the server lets it not in", /pg_hba\.conf/, () => byRule("reject")],
    ["the server has no TLS", /speaks no TLS/, async () => `${await own()}?sslmode=verify-full`],
    [
      "there is no connection left",
      /no connection is left for this user, or for this database: raise its connection limit/,
      () => asRole((url) => [`alter database "${nameOf(url)}" connection limit 0`]),
    ],
    [
      "the user may not make tables",
      /may not make tables/,
      () => asRole(() => ["revoke create on schema public from public"]),
    ],
    [
      "the user may not connect",
      /may not connect to the database: grant connect/,
      () => asRole((url) => [`revoke connect on database "${nameOf(url)}" from public`]),
    ],
    [
      "its options are none",
      /options in the address/,
      async () => `${await own()}?options=-c%20nosuch%3Dnope`,
    ],
    ["there is no such socket", /no such socket/, async () => "postgres:///x?user=u&host=/nowhere"],
    [
      "the schema is missing",
      /no schema of its search_path exists/,
      async () => `${await own()}?options=-c%20search_path%3Dmissing`,
    ],
    [
      "it takes no writing",
      /takes no writing/,
      async () => {
        const url = await own();
        await query(url, `alter database "${nameOf(url)}" set default_transaction_read_only = on`);
        return url;
      },
    ],
    [
      "its encoding is another",
      /encoding is SQL_ASCII/,
      async () => {
        const url = await own();
        await query(
          inject("postgresUrl"),
          `create database "${nameOf(url)}_ascii" encoding 'SQL_ASCII' template template0`,
        );
        return `${url}_ascii`;
      },
    ],
    [
      "something else answers",
      /no PostgreSQL|does not answer/,
      () => listening(createHttpServer() as unknown as Server),
    ],
    ["whoever answers hangs up", /no PostgreSQL/, () => listening(createServer((socket) => socket.end()))],
    [
      "nobody vouches for its certificate",
      /its certificate, or one above it, is self-signed/,
      async () => {
        const context = createSecureContext(selfSigned());
        const server = createServer((socket) => {
          socket.once("data", () => {
            socket.write("S");
            new TLSSocket(socket, { isServer: true, secureContext: context }).on("error", () => {});
          });
        });
        return `${await listening(server)}?sslmode=verify-full`;
      },
    ],
    ["nobody says a word", /does not answer/, () => listening(createServer(() => {}))],
  ])("%s", async (_, words, place) => {
    const failed = await lockDatabase(await place(), never).catch((error: Error) => error);
    const line = failed instanceof Error ? failed.message : "none";
    expect(line).toMatch(/^DATABASE_URL: [^\n]+: [^\n]+$/);
    // What is printed passes the scrubber, which takes what stands behind certain words for a secret.
    expect(scrub(line)).toBe(line);
    expect(line).toMatch(words);
  });
});
