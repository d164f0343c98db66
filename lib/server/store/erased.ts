import "server-only";
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { sql } from "kysely";
import { once } from "../runtime";
import { isPostgres } from "./engine";
import { takeMeta, writeMeta } from "./meta";
import type { Db } from "./schema";
import { foldOpenStore } from "./sqlite";

/*
 * What is erased from a row is not gone from the disk. SQLite overwrites it in its page, and has it in its log until that is
 * folded. PostgreSQL writes the row anew, and the old one stays: a plain VACUUM frees its place and leaves its bytes there
 * until something else takes it. So a table from which something was erased is written anew.
 */

/** Tables with columns that are erased: what is sealed, and the wrapped key. */
const erasable = ["tokens", "connections", "operation_items", "meta"] as const;
type Erasable = (typeof erasable)[number];

/** When something was erased last from those that were not written anew since: milliseconds since the process began. */
const touched = (): Map<Erasable, number> => once("store.erased", () => new Map<Erasable, number>());

/** Notes that something was erased from a table, after the statement that did it. */
export const noteErased = (table: Erasable) => touched().set(table, performance.now());

/** Noted at a process's end where nothing that was erased is left, and taken back as soon as another begins. */
const cleared = "erased_cleared";

/**
 * Notes that an earlier process may have erased something from any of them, unless it said at its end that nothing is left:
 * large tables are not written anew at each start.
 */
export async function recallErased(db: Db): Promise<void> {
  if (!isPostgres(db) || (await takeMeta(db, cleared)) !== undefined) return;
  for (const table of erasable) if (!touched().has(table)) touched().set(table, 0);
}

/** Says at the end that nothing is left, where that is so. */
export async function noteCleared(db: Db): Promise<void> {
  if (isPostgres(db) && touched().size === 0) await writeMeta(db, cleared, "yes");
}

/** For whoever erases without `noteErased`, and leaves the rest to the next start. */
export const noteUncleared = (db: Db) => takeMeta(db, cleared);

const lockTimeoutMs = 500;
/** A transaction may take so long to end after what was erased in it. */
const commitMs = 1_000;
const patienceMs = 2_000;

/**
 * Takes what was erased off the disk. Nobody reads a table of PostgreSQL's while it is written anew: whoever reads for long, a
 * `pg_dump` say, is not waited for, since everybody else would wait behind us.
 * @returns for how long tables were held, in milliseconds.
 * @throws Error where that has to wait for somebody: what is left is done the next time.
 */
export async function clearErased(db: Db): Promise<number> {
  if (!isPostgres(db)) await foldOpenStore(db);
  if (!isPostgres(db) || touched().size === 0) return 0;
  const since = Math.max(...touched().values());
  return db.connection().execute(async (one) => {
    await untilNoneIsOlder(one, since);
    await sql`set lock_timeout = ${sql.lit(lockTimeoutMs)}`.execute(one);
    const heldFrom = performance.now();
    try {
      for (const [table, at] of touched()) {
        await sql`vacuum (full) ${sql.table(table)}`.execute(one);
        if (touched().get(table) === at) touched().delete(table);
      }
      return performance.now() - heldFrom;
    } finally {
      await sql`reset lock_timeout`.execute(one);
    }
  });
}

/**
 * Rows that somebody may still read are written anew as well; what is open in another database of the server makes our own
 * view as old. What is under way on the desk itself is over in a moment.
 * @throws Error where it is not.
 */
async function untilNoneIsOlder(db: Db, since: number): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const age = sql.lit((performance.now() - since - commitMs) / 1_000);
    const { rows } = await sql`select 1 from pg_stat_activity where pid <> pg_backend_pid()
      and (backend_xid is not null or backend_xmin is not null)
      and xact_start < now() - make_interval(secs => ${age})`.execute(db);
    if (rows.length === 0) return;
    if (performance.now() > giveUpAt)
      throw new Error("what was erased stays on disk while an older transaction is open");
    await setTimeout(100);
  }
}
