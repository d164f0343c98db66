import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery, sql } from "kysely";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { foldName } from "@/lib/server/names";
import { type AuditFilter, selectAudit } from "@/lib/server/store/audit-search";
import { migrate, openStore } from "@/lib/server/store/open";
import type { AuditTable, Db } from "@/lib/server/store/schema";
import { engines } from "../../support/desk";
import { insertRows, numbers } from "../../support/history";
import { createDatabase } from "../../support/postgres";

const entries = 9_500;
const begun = 1_700_000_000_000;
const owners = Array.from({ length: 90 }, (_, index) => `own_${index}`);
const names = ["ann", "Bob", "çelik", "dora"];
const actions = ["token.mint", "token.label", "token.check", "session.sign_in"];

/** Entries of all kinds, over three blocks of numbers. The clock is set back by an hour now and then, and trembles. */
function makeEntries(): AuditTable[] {
  const next = numbers(7);
  const one = <T>(of: T[]): T => of[Math.min(next(of.length), next(of.length))] as T;
  let clock = begun;
  return Array.from({ length: entries }, (_, index) => {
    clock += next(700) === 0 ? -3_600_000 : next(40) === 0 ? -500 : 1_000;
    const actor = next(10) === 0 ? null : one(owners);
    const target = next(3) === 0 ? null : next(2) === 0 ? actor : one(owners);
    return {
      seq: index + 1,
      at: clock,
      action: one(actions),
      result: "ok",
      actor_owner_id: actor,
      target_owner_id: target,
      actor_name: foldName(one(names)),
      token_id: next(2) === 0 ? null : `tok_${next(30)}`,
      body: "{}",
      prev: "",
      hash: "",
    };
  });
}

/** What the search promises, said the simple way. */
const isWanted = (filter: AuditFilter) => (row: AuditTable) =>
  (!filter.owners ||
    [row.actor_owner_id, row.target_owner_id].some((id) => filter.owners?.includes(id ?? ""))) &&
  (!filter.tokenId || row.token_id === filter.tokenId) &&
  (!filter.actor || row.actor_name === foldName(filter.actor)) &&
  (!filter.action || row.action === filter.action) &&
  row.at >= (filter.from ?? 0) &&
  row.at <= (filter.to ?? Number.MAX_SAFE_INTEGER) &&
  row.seq < (filter.before ?? Number.MAX_SAFE_INTEGER);

describe.each(engines)("a page of the trail on %s", (engine) => {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-audit-search-"));
  const all = makeEntries().toReversed();
  let db: Db;
  beforeAll(async () => {
    const databaseUrl = engine === "postgres" ? await createDatabase(inject("postgresUrl")) : undefined;
    const place = { dataDir: folder, databaseUrl };
    db = openStore(place);
    if (engine === "postgres") {
      // It reads a table whole while it is as short as here.
      const name = sql.id(new URL(databaseUrl ?? "").pathname.slice(1));
      await sql`alter database ${name} set enable_seqscan = off`.execute(db);
      await db.destroy();
      db = openStore(place);
    }
    await migrate(db);
    await insertRows(db, "audit", all.toReversed());
  });
  afterAll(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  test("has the newest entries that fit, whoever asks and however they are filtered", async () => {
    const next = numbers(3);
    const maybe = <T>(value: () => T, times = 2): T | undefined => (next(times) === 0 ? value() : undefined);
    const time = () => begun - 5_000_000 + next(11_000_000);
    const someOwners = () => {
      const count = [0, 1, 2, 5, 49, 51, 90][next(7)] ?? 0;
      const from = next(90);
      return [...owners, ...owners].slice(from, from + count).concat(next(4) === 0 ? "own_nobody" : []);
    };
    for (let round = 0; round < 300; round += 1) {
      const filter: AuditFilter = {
        owners: maybe(someOwners),
        tokenId: maybe(() => `tok_${next(31)}`, 4),
        actor: maybe(() => (names[next(4)] ?? "").toUpperCase(), 3),
        action: maybe(() => [...actions, "token.copy"][next(5)], 3),
        from: maybe(time, 3),
        to: maybe(time, 3),
        before: maybe(() => next(entries + 100), 3),
      };
      const limit = [1, 7, 101][next(3)] ?? 1;
      const found = await selectAudit(db, filter, limit);
      const wanted = all.filter(isWanted(filter)).slice(0, limit);
      expect(
        found.map(({ seq }) => seq),
        JSON.stringify(filter),
      ).toEqual(wanted.map(({ seq }) => seq));
    }
  });

  test("is found by an index that holds no others'", async () => {
    const executor = db.getExecutor();
    const run = executor.executeQuery.bind(executor);
    const plans: string[] = [];
    executor.executeQuery = async (query) => {
      const explain = engine === "postgres" ? "explain" : "explain query plan";
      const { rows } = await run(CompiledQuery.raw(`${explain} ${query.sql}`, [...query.parameters]));
      plans.push(rows.map((row) => Object.values(row as object).join(" ")).join("\n"));
      return run(query);
    };
    const [actor, action] = ["ann", "token.mint"];
    for (const whose of [undefined, ["own_1"], owners])
      for (const said of [{}, { actor }, { action }, { actor, action }])
        await selectAudit(db, { owners: whose, ...said }, 20);
    await selectAudit(db, { tokenId: "tok_1", actor, action, owners: ["own_1"] }, 20);
    await selectAudit(db, { from: begun, to: begun + 1_000_000 }, 20);
    executor.executeQuery = run;
    for (const plan of plans)
      expect(plan).not.toMatch(/Seq Scan on audit|Incremental Sort|SCAN audit(?! USING)|SCAN one/);
    const used = new Set(plans.join("\n").match(/audit_(actor|target|name|action|token|block)\w*/g));
    const said = ["name", "action", "name_action"];
    const lists = [
      ...said,
      ...["actor", "target"].flatMap((role) => [role, ...said.map((end) => `${role}_${end}`)]),
    ];
    expect([...used].sort()).toEqual([...lists, "token", "block"].map((name) => `audit_${name}`).sort());
  });
});
