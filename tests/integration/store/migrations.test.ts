import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery, Kysely, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { emptyItem } from "@/lib/server/services/operations/empty-item";
import { selectAudit } from "@/lib/server/store/audit-search";
import { dueItems } from "@/lib/server/store/due-items";
import * as first from "@/lib/server/store/migrations/0001-first";
import * as indexes from "@/lib/server/store/migrations/0002-indexes";
import * as proofs from "@/lib/server/store/migrations/0003-proofs";
import * as pages from "@/lib/server/store/migrations/0004-pages";
import * as rounds from "@/lib/server/store/migrations/0005-rounds";
import * as history from "@/lib/server/store/migrations/0006-history";
import * as use from "@/lib/server/store/migrations/0007-use";
import * as urgencies from "@/lib/server/store/migrations/0008-urgencies";
import { migrate, openStore, type StorePlace } from "@/lib/server/store/open";
import { countOpen } from "@/lib/server/store/operations";
import { openRevocations } from "@/lib/server/store/revocations";
import type { Db } from "@/lib/server/store/schema";
import { connectionsMadeWith, openSessions, overdueSessions } from "@/lib/server/store/sessions";
import { engines } from "../../support/desk";
import { createDatabase } from "../../support/postgres";

describe.each(engines)("migrations on %s", (engine) => {
  let place: StorePlace;
  let open: Db[] = [];
  beforeEach(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "tokendesk-migrations-"));
    const databaseUrl = engine === "postgres" ? await createDatabase(inject("postgresUrl")) : undefined;
    place = { dataDir, databaseUrl };
  });
  afterEach(async () => {
    await Promise.all(open.map((db) => db.destroy()));
    open = [];
    rmSync(place.dataDir, { recursive: true, force: true });
  });
  const store = () => {
    const db = openStore(place);
    open.push(db);
    return db;
  };
  const tables = async (db: Db) => (await db.introspection.getTables()).map(({ name }) => name).sort();

  test("make every table, and nothing the second time", async () => {
    const db = store();
    await migrate(db);
    const made = await tables(db);
    expect(made).toEqual(
      ["audit", "audit_head", "connections", "meta", "operation_items", "operations", "owners", "sessions"]
        .concat(["connection_tokens", "sign_in_failures", "tokens"])
        .sort(),
    );
    await db.insertInto("meta").values({ name: "kept", value: "yes" }).execute();
    await migrate(db);
    await migrate(store());
    expect(await tables(db)).toEqual(made);
    expect(await db.selectFrom("meta").select("value").where("name", "=", "kept").executeTakeFirst()).toEqual(
      {
        value: "yes",
      },
    );
    expect(await db.selectFrom("audit_head").selectAll().execute()).toHaveLength(1);
  });

  test("that break off half-way leave nothing behind", async () => {
    const db = store();
    // The last table is there already, in another shape: the migration fails at its end.
    await sql`create table sign_in_failures (x text)`.execute(db);
    await expect(migrate(db)).rejects.toThrow();
    expect(await tables(db)).toEqual(["sign_in_failures"]);
    await sql`drop table sign_in_failures`.execute(db);
    await migrate(db);
    expect(await tables(db)).toContain("audit");
  });

  // The folder's lock lets only one process come this far; a standby on PostgreSQL may well begin beside another.
  test.runIf(engine === "postgres")("two at once agree", async () => {
    const [one, two] = [store(), store()];
    const ends = await Promise.allSettled([migrate(one), migrate(two)]);
    expect(ends.some(({ status }) => status === "fulfilled")).toBe(true);
    await migrate(two);
    expect(await one.selectFrom("audit_head").selectAll().execute()).toHaveLength(1);
  });

  test("go forward only", () => {
    for (const migration of [first, indexes, proofs, pages, rounds, history, use, urgencies])
      expect(Object.keys(migration)).toEqual(["up"]);
  });

  test("keep how urgent the revocations are that were under way before, and whose", async () => {
    const db = store();
    for (const { up } of [first, indexes]) await up(db as Kysely<unknown>);
    const operation = {
      state: "checking",
      actor_owner_id: "own",
      actor_name: "ann",
      actor_portal: "sim",
    } as const;
    const reasons = { op_leaked: "compromised", op_unused: "unused", op_unknown: "compromised" };
    for (const [id, reason] of Object.entries(reasons)) {
      const request = JSON.stringify({ reason, portals: ["sim"] });
      const about = {
        kind: "revoke" as const,
        actor_role: "owner" as const,
        ip: "",
        request_id: "",
        request,
      };
      await db
        .insertInto("operations")
        .values({ id, ...operation, ...about, created_at: 1, updated_at: 1 } as never)
        .execute();
      const item = {
        operation_id: id,
        position: 0,
        owner_id: id === "op_unknown" ? "" : "own",
        state: "checking",
      };
      await db
        .insertInto("operation_items")
        .values(item as never)
        .execute();
    }
    await proofs.up(db as Kysely<unknown>);
    const rows = await db.selectFrom("operation_items").select(["operation_id", "urgency"]).execute();
    expect(Object.fromEntries(rows.map(({ operation_id, urgency }) => [operation_id, urgency]))).toEqual({
      op_leaked: 0,
      op_unused: 1,
      op_unknown: 2,
    });
    for (const { up } of [pages, rounds]) await up(db as Kysely<unknown>);
    const asked = await db.selectFrom("operation_items").select(["kind", "actor_owner_id"]).execute();
    expect(asked).toEqual(Array(3).fill({ kind: "revoke", actor_owner_id: "own" }));
  });

  test("keep what was asked for by itself before what was asked for many at a time", async () => {
    const db = store();
    for (const { up } of [first, indexes, proofs, pages, rounds, history, use])
      await up(db as Kysely<unknown>);
    const who = {
      actor_owner_id: "own",
      actor_name: "ann",
      actor_portal: "sim",
      actor_role: "owner",
    } as const;
    const bulk = { op_hand: {}, op_many: { bulk: true } };
    for (const [id, asked] of Object.entries(bulk)) {
      const request = JSON.stringify({ reason: "unused", ...asked });
      const about = { kind: "revoke", state: "checking", ip: "", request_id: "", request } as const;
      await db
        .insertInto("operations")
        .values({ id, ...who, ...about, created_at: 1, updated_at: 1 } as never)
        .execute();
      for (const [position, urgency] of [
        [0, 0],
        [1, 1],
        [2, 2],
        [120, 1],
      ] as const)
        await db
          .insertInto("operation_items")
          .values({
            ...emptyItem,
            operation_id: id,
            position,
            kind: "revoke",
            actor_owner_id: "own",
            owner_id: "own",
            state: "checking",
            urgency,
            next_try_at: 1,
          })
          .execute();
    }
    await urgencies.up(db as Kysely<unknown>);
    const rows = await db
      .selectFrom("operation_items")
      .select("urgency")
      .orderBy("operation_id")
      .orderBy("position")
      .execute();
    expect(rows.map(({ urgency }) => urgency)).toEqual([0, 2, 5, 2, 1, 3, 5, 4]);
  });

  // Trail and ended sessions are kept for ever. (PostgreSQL reads a table whole while it is as short as here.)
  test.runIf(engine === "sqlite")("what is asked all the time reads no table from end to end", async () => {
    const db = store();
    await migrate(db);
    const executor = db.getExecutor();
    const run = executor.executeQuery.bind(executor);
    const asked: CompiledQuery[] = [];
    executor.executeQuery = (query) => {
      asked.push(query);
      return run(query);
    };
    const from = Date.now();
    await selectAudit(db, { actor: "ann", action: "token.mint", from }, 101);
    await selectAudit(db, { owners: ["own"], actor: "ann", action: "token.mint", from }, 101);
    await selectAudit(db, { owners: ["own"] }, 101);
    await selectAudit(db, { action: "token.mint" }, 101);
    await overdueSessions(db, { now: from, idleMs: 1 });
    await openSessions(db);
    await connectionsMadeWith(db, ["tok"]);
    await openRevocations(db, ["tok"]);
    const item = { operation_id: "op", position: 0, kind: "revoke", actor_owner_id: "own" } as const;
    await db
      .insertInto("operation_items")
      .values({ ...emptyItem, ...item, owner_id: "", next_try_at: from })
      .execute();
    expect(await dueItems(db, "revoke", from, 50)).toHaveLength(1);
    expect(await countOpen(db, ["own"], "password", 2)).toBe(1);
    for (const { sql: text, parameters } of asked.slice()) {
      const { rows } = await run(CompiledQuery.raw(`explain query plan ${text}`, [...parameters]));
      const plan = rows.map((row) => (row as { detail: string }).detail).join("; ");
      expect(plan, text).not.toMatch(/SCAN (?!json_each|\(|blocks|known|newest)/);
    }
  });

  test.runIf(engine === "sqlite")("the file is durable, and its folder the owner's alone", async () => {
    place = { dataDir: join(place.dataDir, "data") };
    const db = store();
    await migrate(db);
    const pragma = async (name: string) =>
      Object.values((await sql.raw<object>(`pragma ${name}`).execute(db)).rows[0] ?? {})[0];
    expect(await pragma("journal_mode")).toBe("wal");
    // FULL: a minted token is on disk before it is answered.
    expect(await pragma("synchronous")).toBe(2);
    expect(statSync(place.dataDir).mode & 0o077).toBe(0);
    expect(db).toBeInstanceOf(Kysely);
  });
});
