import "server-only";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { seconds } from "../clock";
import { newSecret } from "../crypto";
import { once } from "../runtime";

/*
 * One desk at a time works on a database: an advisory lock says which. It ends with its connection, so that a dead
 * owner's is free at once. Where the connection breaks and the process lives on, nothing of this process reaches the
 * database until the lock is had again, and then only if nobody else had it in between: what is kept in memory is
 * true only of a store that this process alone has written.
 */

// Any fixed number: it names "the desk of this database" among the advisory locks.
const deskLock = 7_463_518_224;
const retakeAfterMs = 1_000;
/** How often the lock's connection is tried, and how long it may take to answer. */
const beatEveryMs = seconds(2);
const beatPatienceMs = seconds(3);
const unreadMs = 100;

/** Another process works on the database. */
export class DatabaseLockedError extends Error {}

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
 * Takes the database for this process, waiting for as long as another desk has it.
 * @param onLost called when the lock broke and another process has had it since.
 * @param wait false to be refused at once instead.
 * @returns the release.
 * @throws DatabaseLockedError while another process holds it, and this one does not wait.
 */
export async function lockDatabase(
  url: string,
  onLost: () => void,
  wait = true,
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
    const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 5_000 });
    client.on("error", () => broke(client));
    await client.connect();
    return client;
  };

  /**
   * A connection that only waits can end for the server and not for us: a firewall forgot it, the server's machine is
   * gone. Another desk has the lock by then, so it is asked all the time.
   */
  async function beat(client: pg.Client): Promise<void> {
    await pause(beatEveryMs);
    while (client === current) {
      let answered: boolean | undefined;
      const answer = client.query("select 1").then(
        () => {
          answered = true;
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
      await pause(retakeAfterMs);
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

  const client = await open();
  if (wait) await client.query("select pg_advisory_lock($1)", [deskLock]);
  else if (!(await tryLock(client))) {
    await client.end();
    throw new DatabaseLockedError("a Tokendesk works on this database");
  }
  await client.query("create table if not exists desk_lock (id integer primary key, holder text not null)");
  await client.query(
    "insert into desk_lock values (1, $1) on conflict (id) do update set holder = excluded.holder",
    [holder],
  );
  hold(client);
  return async () => {
    released = true;
    const last = current;
    current = undefined;
    await last?.end();
  };
}

const pause = (ms: number): Promise<undefined> => wait(ms, undefined, { ref: false });

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query("select pg_try_advisory_lock($1) as ours", [deskLock]);
  return rows[0]?.ours === true;
}

async function holderOf(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query("select holder from desk_lock where id = 1");
  return rows[0]?.holder;
}
