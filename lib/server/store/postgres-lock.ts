import "server-only";
import { setTimeout as wait } from "node:timers/promises";
import type pg from "pg";
import { seconds } from "../clock";
import { newSecret } from "../crypto";
import { once } from "../runtime";
import { StoreError } from "./error";
import { connectTo, databaseFault, requireUsable } from "./postgres-server";

/*
 * One desk at a time works on a schema of a database: an advisory lock says which. It ends with its connection, so that a dead
 * owner's is free at once. Where the connection breaks and the process lives on, nothing of this process reaches the
 * database until the lock is had again, and then only if nobody else had it in between: what is kept in memory is
 * true only of a store that this process alone has written.
 */

/** Any fixed numbers: they name "a desk" among the advisory locks, the second of them with its schema. */
const anyDesk = 7_463_518_224;
const deskOf = 1_463_518_224;
const askAgainMs = 1_000;
/** How often the lock's connection is tried, and how long it may take to answer. */
const beatEveryMs = seconds(2);
const beatPatienceMs = seconds(3);
const unreadMs = 100;

/** Another process works on the database. */
export class DatabaseLockedError extends StoreError {}

/** The lock's connection broke. The code is read as one of the connections' own. */
class LockLostError extends Error {
  readonly code = "ECONNLOST";
}

/** Databases whose lock this process had and has not at the moment. */
const unheld = (): Set<string> => once("postgres.unheld", () => new Set<string>());

/** @throws LockLostError while a lock that this process took on the database is broken. */
export function requireHeld(url: string): void {
  if (unheld().has(url)) throw new LockLostError("the lock on the database is broken");
}

/**
 * Takes the database for this process.
 * @param onLost called when the lock broke and another process has had it since.
 * @param onWait called once where another process has it, which is then waited for; without it that is refused at once.
 * @returns the release.
 * @throws DatabaseLockedError, StoreError where no desk can work on it.
 */
export async function lockDatabase(
  url: string,
  onLost: () => void,
  onWait?: () => void,
): Promise<() => Promise<void>> {
  const holder = newSecret();
  let released = false;
  let current: pg.Client | undefined;

  const broke = (client: pg.Client) => {
    if (client !== current) return;
    current = undefined;
    unheld().add(url);
    if (!released) void retake();
  };

  const open = async () => {
    const client = await connectTo(url);
    client.on("error", () => broke(client));
    client.on("end", () => broke(client));
    await client.query(endless);
    return client;
  };

  /**
   * A connection that only waits can end for the server and not for us: a firewall forgot it, the server's machine is
   * gone. Another desk has the lock by then, so it is asked all the time whether the lock is still ours.
   */
  async function beat(client: pg.Client): Promise<void> {
    await pause(beatEveryMs);
    while (client === current) {
      let answered: boolean | undefined;
      const answer = client.query(isHeld, [deskOf]).then(
        ({ rows }) => {
          answered = rows.length > 0;
        },
        () => {
          answered = false;
        },
      );
      await Promise.race([answer, pause(beatPatienceMs)]);
      // Where it was this process that stood still, the answer lies there and has only not been read.
      if (answered === undefined) await pause(unreadMs);
      if (!answered) {
        broke(client);
        // Perhaps it is told so, and gives the lock back; it may as well never answer.
        void client.end().catch(() => {});
        return;
      }
      await pause(beatEveryMs);
    }
  }

  const hold = (client: pg.Client) => {
    current = client;
    void beat(client);
  };

  async function retake(): Promise<void> {
    while (!released) {
      const outcome = await tryToRetake().catch(() => "later" as const);
      if (outcome === "held") return;
      if (outcome === "lost") return onLost();
      await pause(askAgainMs);
    }
  }

  async function tryToRetake(): Promise<"held" | "later" | "lost"> {
    const client = await open();
    try {
      // The server may not have noticed yet that our old connection is gone: the lock is ours then, and not to be had.
      const free = await tryLock(client);
      if ((await holderOf(client)) !== holder) return "lost";
      if (!free || released) return "later";
      hold(client);
      unheld().delete(url);
      return "held";
    } finally {
      if (current !== client) await client.end().catch(() => {});
    }
  }

  try {
    const client = await firstOnes();
    await client.query("create table if not exists desk_lock (id integer primary key, holder text not null)");
    await client.query(
      "insert into desk_lock values (1, $1) on conflict (id) do update set holder = excluded.holder",
      [holder],
    );
    hold(client);
  } catch (error) {
    throw databaseFault(error);
  }
  return async () => {
    released = true;
    const last = current;
    current = undefined;
    // The server may take a moment to notice a connection's end.
    await last?.query("select pg_advisory_unlock_all()").catch(() => {});
    await last?.end();
  };

  /** A connection that has the lock, as soon as it is to be had. */
  async function firstOnes(): Promise<pg.Client> {
    let client: pg.Client | undefined = await open();
    await requireUsable(client, url);
    if (await tryLock(client)) return client;
    if (!onWait) {
      await client.end();
      throw new DatabaseLockedError("a Tokendesk works on this database (DATABASE_URL): stop it first");
    }
    onWait();
    // Asked for again and again: a wait in the database would end with its `lock_timeout` or `statement_timeout`.
    for (;;) {
      await pause(askAgainMs);
      client ??= await open().catch(() => undefined);
      const isOurs = client && (await tryLock(client).catch(() => undefined));
      if (client && isOurs) return client;
      if (isOurs === undefined) {
        void client?.end().catch(() => {});
        client = undefined;
      }
    }
  }
}

/** Whatever limits the user or the database has for statements and for connections that wait. */
const endless = `select set_config(name, '0', false) from pg_settings
  where name in ('lock_timeout', 'statement_timeout', 'idle_session_timeout', 'transaction_timeout')`;

const pause = (ms: number): Promise<undefined> => wait(ms, undefined, { ref: false });

/** A desk of an earlier version takes `anyDesk` for itself, whatever its schema. */
async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `select case when pg_try_advisory_lock_shared($1) then pg_try_advisory_lock($2,
      (select oid::int4 from pg_namespace where nspname = current_schema())) else false end as ours`,
    [anyDesk, deskOf],
  );
  return rows[0]?.ours === true;
}

/** Of two numbers the first is the class of an advisory lock. A pooler that cleans up a connection takes it away. */
const isHeld = `select 1 from pg_locks
  where locktype = 'advisory' and pid = pg_backend_pid() and classid::int8 = $1 and objsubid = 2`;

/** Whether a desk has the lock on the schema that a connection works in. Takes nothing. */
export async function isTaken(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `select 1 from pg_locks
      where locktype = 'advisory' and mode = 'ExclusiveLock' and granted and objsubid = 2 and classid::int8 = $1
        and objid = (select oid from pg_namespace where nspname = current_schema())
        and database = (select oid from pg_database where datname = current_database())`,
    [deskOf],
  );
  return rows.length > 0;
}

async function holderOf(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query("select holder from desk_lock where id = 1");
  return rows[0]?.holder;
}
