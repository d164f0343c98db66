import { CompiledQuery } from "kysely";
import { afterAll, describe, expect, test } from "vitest";
import { days } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { forgetSome } from "@/lib/server/services/sessions/forget";
import { mergeOwner } from "@/lib/server/store/owners";
import { aDayOf } from "../../support/a-day";
import { engines } from "../../support/desk";
import { type HeldDesk, startHeldDesk } from "../../support/held-desk";
import { writeHistory } from "../../support/history";
import { type Asked, noteStatements } from "../../support/statements";

/** Tables that have all that ever was. */
const growing =
  /^(sessions|connections|connection_tokens|operations|operation_items|tokens|owners|sign_in_failures|audit)\b/;

/** Searches by what most of what has ended has in common: its owner, its portal, or nothing at all. */
const shared = [
  /INDEX sqlite_autoindex_\w+_1 \(\w+>\?\)/,
  /INDEX sessions_owner \(owner_id=\?\)/,
  /INDEX connections_owner \(owner_id=\?\)/,
  /INDEX operation_items_owner \(owner_id=\?\)/,
  /INDEX tokens_owner_id \(owner_id=\?( AND id>\?)?\)/,
  /INDEX tokens_revoked \(owner_id=\?\)/,
  /INDEX (sqlite_autoindex_owners_2|owners_name) \(portal=\?\)/,
  /INDEX sqlite_autoindex_operations_2 \(actor_owner_id=\?\)/,
];

/** What may be sorted: it is of one session, one token or one operation, open, or few by number. */
const short = [
  /from "connections" where "session_id" (=|in)/,
  /from "sessions" where "owner_id" = \? and "ended_at" is null order by "id"/,
  /"connections"\."owner_id" = \? and "connections"\."state" = \?/,
  /"operation_items"\."token_id" (in \([?, ]+\)|= \?) and "operation_items"\."state"/,
  /"operation_items"\."owner_id" = \? and "operation_items"\."state" = \?/,
  /from "operation_items" where "operation_id" = \?/,
  /where "operations"\."kind" = \? and operations\.state in .* group by "operation_items"\."state"/,
  /select distinct "owner_id" from "tokens" where "id" in/,
];

/** The trail's own searches have tests of their own. */
const ofTheTrail = /from "?audit\b/;

describe.each(engines)("a desk on %s that has been used for years", (engine) => {
  const desks: HeldDesk[] = [];
  afterAll(() => Promise.all(desks.map((t) => t.stop())));

  /** What a day asks of a store, with so many entries of the trail and all that goes with them. */
  const dayAfter = async (entries: number): Promise<Asked[]> => {
    const t = await startHeldDesk(engine);
    desks.push(t);
    const people = t.simulator.seed.users.map(({ userId, userName }) => ({
      ownerId: newId("own"),
      userId: String(userId),
      userName,
    }));
    if (entries > 0)
      await writeHistory(t.desk.db, {
        portal: "sim",
        people,
        entries,
        until: t.clock.now(),
        spanMs: days(1_000),
      });
    const asked = noteStatements(t.desk.db);
    await aDayOf(t);
    return asked.filter(({ sql }) => !ofTheTrail.test(sql));
  };

  test("reads no more for all that has ended", async () => {
    const first = await dayAfter(0);
    const late = await dayAfter(20_000);
    const rowsOf = (asked: Asked[]) => asked.reduce((sum, { rows }) => sum + rows, 0);
    const most = (asked: Asked[]) => Math.max(...asked.map(({ rows }) => rows));
    expect(first.length).toBeGreaterThan(300);
    // Whom nobody has met yet is looked for in vain.
    expect(most(late)).toBeLessThanOrEqual(most(first) + 12);
    expect(rowsOf(late)).toBeLessThan(rowsOf(first) * 1.1);
    expect(late.length).toBeLessThan(first.length * 1.1);
  });
});

test("looks through no table that grows, and sorts none (by SQLite's plans)", async () => {
  const t = await startHeldDesk("sqlite");
  try {
    const asked = noteStatements(t.desk.db);
    await aDayOf(t);
    await forgetSome(t.desk);
    const ofMerging = noteStatements(t.desk.db);
    await t.desk.db.transaction().execute((tx) => mergeOwner(tx, newId("own"), newId("own")));
    const statements = new Map(
      asked.filter(({ sql }) => /^(select|insert|update|delete)/.test(sql)).map((one) => [one.sql, one]),
    );
    const found: string[] = [];
    for (const { sql, parameters } of [...statements.values()]) {
      const { rows } = await t.desk.db.executeQuery(
        CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
      );
      const plan = rows.map((row) => (row as { detail: string }).detail);
      const isBad = (step: string) =>
        (step.startsWith("SCAN ") && growing.test(step.slice(5))) ||
        (!ofMerging.some((one) => one.sql === sql) && shared.some((prefix) => prefix.test(step))) ||
        (step.startsWith("USE TEMP B-TREE") && ![...short, ofTheTrail].some((some) => some.test(sql)));
      if (plan.some(isBad)) found.push(`${sql}\n  ${plan.join("\n  ")}`);
    }
    expect(statements.size).toBeGreaterThan(60);
    expect(found).toEqual([]);
  } finally {
    await t.stop();
  }
});
