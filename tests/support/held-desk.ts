import { setTimeout as wait } from "node:timers/promises";
import { sql } from "kysely";
import type { AuditResult } from "@/lib/contracts/audit";
import { minutes } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { log } from "@/lib/server/log";
import { forget } from "@/lib/server/runtime";
import { takeDueCheckpoint } from "@/lib/server/services/audit/checkpoint-file";
import type { SessionContext } from "@/lib/server/services/context";
import { openDesk } from "@/lib/server/services/desk";
import {
  driveDueRevocations,
  lookForDueMints,
  resumeMints,
  resumeRevocations,
} from "@/lib/server/services/operations/resume";
import { endOverdueSessions } from "@/lib/server/services/sessions/end-overdue";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import type { AuditBody } from "@/lib/server/store/audit";
import { isPostgres } from "@/lib/server/store/engine";
import type { Db } from "@/lib/server/store/schema";
import { type ManualClock, manualClock } from "./clock";
import { type Engine, startTestDesk, type TestDesk, type TestDeskOptions } from "./desk";

/** A desk whose clock stands still until the test moves it, and whose worker works when the test says so. */
export type HeldDesk = TestDesk & {
  clock: ManualClock;
  /** What it was started with; tests change `env`. */
  configured: HeldDesk["env"];
  /** Waits for a task while the desk's time goes on: retries, deadlines and patience run on it. */
  finish<T>(task: Promise<T>): Promise<T>;
  /** Lets time pass: by default as long as makes the next look at a list ask the portal again. */
  pass(ms?: number): Promise<void>;
  /** For the next test: portal and configuration as at the start, so much later that nothing is remembered. */
  renew(): Promise<void>;
  /** One round of the worker. */
  work(): Promise<void>;
  /** The process dies: what is under way loses its store, and a new desk takes over. */
  crash(): Promise<void>;
};

const stepMs = 200;
/** So many milliseconds without a query, and what is left to wait for is the clock. */
const quietMs = 4;

/** Counts the queries under way, so that time stands still for them: a store is as slow as the machine it runs on. */
function countQueries(db: Db, queries: { running: number }): void {
  const executor = db.getExecutor();
  const provide = executor.provideConnection.bind(executor);
  executor.provideConnection = async (consumer) => {
    queries.running += 1;
    try {
      return await provide(consumer);
    } finally {
      queries.running -= 1;
    }
  };
}

export async function startHeldDesk(
  engine: Engine,
  options: Omit<TestDeskOptions, "clock"> = {},
): Promise<HeldDesk> {
  // Much of what these tests provoke is logged as an error, and rightly so.
  log().level = "silent";
  const clock = manualClock();
  const test = await startTestDesk(engine, { ...options, clock });
  const queries = { running: 0 };
  countQueries(test.desk.db, queries);
  const restart = test.restart;
  const held: HeldDesk = Object.assign(test, {
    clock,
    configured: { ...test.env },
    async finish<T>(task: Promise<T>): Promise<T> {
      let over = false;
      const end = () => {
        over = true;
      };
      task.then(end, end);
      for (let quiet = 0; !over; quiet += 1) {
        // Sockets and stores live in real time.
        await wait(1);
        // Over meanwhile: time stands still again.
        if (over) break;
        if (queries.running > 0) quiet = 0;
        if (quiet < quietMs) continue;
        await clock.advance(stepMs);
        quiet = 0;
      }
      return task;
    },
    pass: (ms = 6_000) => clock.advance(ms),
    async renew() {
      Object.assign(held.env, held.configured);
      await held.portal.reset();
      await held.pass(minutes(31));
    },
    async work() {
      await held.finish(driveDueRevocations(held.desk));
      await held.finish(lookForDueMints(held.desk));
      await endOverdueSessions(held.desk);
      await takeDueCheckpoint(held.desk);
    },
    async restart() {
      await restart();
      countQueries(held.desk.db, queries);
    },
    async crash() {
      await held.desk.db.destroy();
      held.desk = await openDesk(held.env, clock);
      countQueries(held.desk.db, queries);
      await resumeRevocations(held.desk);
      await resumeMints(held.desk);
    },
  });
  return held;
}

/** The code that a use case ends with; `ok` when it does what it was asked for. */
export const codeOf = (task: Promise<unknown>): Promise<string> =>
  task.then(
    () => "ok",
    (error: unknown) =>
      error instanceof Error && "code" in error ? String(error.code) : `not a code: ${String(error)}`,
  );

/** The session's first connection. */
export function connectionOf({ session }: SessionContext) {
  const [connection] = session.connections;
  if (!connection) throw new Error("the session has no connection");
  return connection;
}

/** The only one of something. */
export function only<T>(list: T[] | undefined): T {
  const [first, ...rest] = list ?? [];
  if (first === undefined || rest.length > 0) throw new Error(`wanted one, got ${list?.length ?? 0}`);
  return first;
}

/** The audit trail as it lies in the store, oldest first. */
export async function trail(t: TestDesk): Promise<AuditBody[]> {
  const rows = await t.desk.db.selectFrom("audit").select("body").orderBy("seq").execute();
  return rows.map(({ body }) => JSON.parse(body));
}

/** What the trail says since a moment, as `action result`; what lists brought is left out. */
export async function entriesSince(t: TestDesk, count: number): Promise<string[]> {
  const entries = (await trail(t)).slice(count).filter(({ action }) => action !== "owner.synced");
  return entries.map(({ action, result }) => `${action} ${result}`);
}

/** Mints under a label with the session's first connection, and gives the tokens. */
export async function mint(ctx: SessionContext, label: string, count = 1) {
  const input = { connectionId: connectionOf(ctx).id, label, count };
  const { items } = await mintTokens(ctx, { input, idempotencyKey: newId("key") });
  if (!items) throw new Error("the mint is not done");
  return items;
}

/**
 * Makes the store refuse entries of the audit trail, as a full disk would: all, or those with one result.
 * @returns what undoes it.
 */
export async function breakAudit(t: TestDesk, result?: AuditResult): Promise<() => Promise<void>> {
  const { db } = t.desk;
  const when = result === undefined ? sql`` : sql`when (new.result = ${sql.lit(result)})`;
  if (isPostgres(db)) {
    await sql`create or replace function audit_breaks() returns trigger language plpgsql as
      'begin raise exception ''disk full''; end'`.execute(db);
    await sql`create trigger audit_breaks before insert on audit for each row ${when}
      execute function audit_breaks()`.execute(db);
    return async () => void (await sql`drop trigger audit_breaks on audit`.execute(t.desk.db));
  }
  await sql`create trigger audit_breaks before insert on audit ${when}
    begin select raise(abort, 'disk full'); end`.execute(db);
  return async () => void (await sql`drop trigger audit_breaks`.execute(t.desk.db));
}

type Filled = { tables?: string[]; when?: string };

/**
 * Makes the store take no writes, with the engine's own word for a full disk.
 * @param only of these tables, or those rows alone of which this is so: SQL about `new`.
 * @returns what makes room.
 */
export async function fillStore(t: TestDesk, only: Filled = {}): Promise<() => Promise<void>> {
  const { db } = t.desk;
  const onPostgres = isPostgres(db);
  const { rows } = await (onPostgres
    ? sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public'`
    : sql<{ name: string }>`select name from sqlite_master where type = 'table' and name not like 'sqlite%'`
  ).execute(db);
  const tables = only.tables ?? rows.map(({ name }) => name).filter((name) => !name.startsWith("kysely"));
  const when = only.when ?? "true";
  const triggers = tables.flatMap((table) =>
    ["insert", "update"].map((event) => ({ name: `full_${event}_${table}`, table, event })),
  );
  if (onPostgres)
    await sql`create or replace function full_disk() returns trigger language plpgsql as
      'begin raise exception using errcode = ''53100''; end'`.execute(db);
  else {
    // A table has no room for a row after the one with the largest number.
    await sql`create table full_disk (id integer primary key autoincrement)`.execute(db);
    await sql`insert into full_disk values (9223372036854775807)`.execute(db);
  }
  for (const { name, table, event } of triggers) {
    const start = `create trigger ${name} before ${event} on ${table}`;
    const text = onPostgres
      ? `${start} for each row when (${when}) execute function full_disk()`
      : `${start} when ${when} begin insert into full_disk values (null); end`;
    await sql.raw(text).execute(db);
  }
  return async () => {
    const current = t.desk.db;
    for (const { name, table } of triggers)
      await sql.raw(`drop trigger ${name}${onPostgres ? ` on ${table}` : ""}`).execute(current);
    if (!onPostgres) await sql`drop table full_disk`.execute(current);
    forget("store.full");
  };
}
