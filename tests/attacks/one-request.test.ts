import { setImmediate } from "node:timers/promises";
import { type KyselyPlugin, sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "@/lib/server/services/connections/connect";
import { emptyItem } from "@/lib/server/services/operations/empty-item";
import { getOperation } from "@/lib/server/services/operations/get";
import { resumeMints } from "@/lib/server/services/operations/resume";
import { retryOperation } from "@/lib/server/services/operations/retry";
import { emptyToken } from "@/lib/server/services/tokens/empty";
import { labelTokens } from "@/lib/server/services/tokens/label-many";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { partsOf } from "@/lib/server/slices";
import { selectAudit } from "@/lib/server/store/audit-search";
import { dueItems } from "@/lib/server/store/due-items";
import { insertOperation } from "@/lib/server/store/operations";
import { mergeOwner } from "@/lib/server/store/owners";
import type { Db } from "@/lib/server/store/schema";
import { claimForRevocation, deleteTokens, insertTokens, tokensOfOwner } from "@/lib/server/store/tokens";
import { engines } from "../support/desk";
import { codeOf, entriesSince, type HeldDesk, mint, startHeldDesk, trail } from "../support/held-desk";

/*
 * One person's largest request, or a portal's largest answer, would keep everybody else from being answered: the desk is one
 * process, and SQLite answers within it.
 */

/** The most rows that one statement reads here, and a turn may end after each. */
const mostRows = 200;
const many = 600;

describe.each(engines)("on %s, the largest that somebody may ask for", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    const users = [
      { key: "boss", userName: "boss@demo.example", roles: ["MANAGE_USERS"] },
      { key: "owner", userName: "owner@demo.example", newTokens: { prefixed: many } },
      ...Array.from({ length: 300 }, (_, index) => ({
        key: `p${index}`,
        userName: `p${index}@demo.example`,
        parent: "boss@demo.example",
        newTokens: { prefixed: index < 3 ? many / 3 : 0 },
      })),
    ];
    t = await startHeldDesk(engine, { simulator: { seed: { users } } });
  });
  afterAll(() => t?.stop());

  /** What a task costs the store, and how many turns others had meanwhile. */
  async function costOf<T>(task: () => Promise<T>) {
    const cost = { statements: 0, rows: 0, turns: 0, baselines: 0, baselinesAtOnce: 0 };
    const counter: KyselyPlugin = {
      transformQuery({ node }) {
        cost.statements += 1;
        return node;
      },
      async transformResult({ result }) {
        cost.rows = Math.max(cost.rows, result.rows.length, Number(result.numAffectedRows ?? 0));
        const baselines = result.rows.filter(({ baseline }) => typeof baseline === "string").length;
        cost.baselines += baselines;
        cost.baselinesAtOnce = Math.max(cost.baselinesAtOnce, baselines);
        return result;
      },
    };
    const { db } = t.desk;
    Object.assign(t.desk, { db: db.withPlugin(counter) satisfies Db });
    let over = false;
    const others = (async () => {
      while (!over) {
        await setImmediate();
        cost.turns += 1;
      }
    })();
    try {
      return { value: await t.finish(task()), ...cost };
    } finally {
      over = true;
      await others;
      Object.assign(t.desk, { db });
    }
  }
  const idsOf = async (user: string) => {
    const ctx = await t.signedIn(user);
    return (await t.finish(listTokens(ctx, {}))).items.map(({ id }) => id);
  };
  const reason = { reason: "unused" } as const;

  test("is refused without a proof before it is looked up: one costs as much as six hundred", async () => {
    const ids = await idsOf("owner");
    expect(ids).toHaveLength(many);
    const token = t.simulator.seed.user("owner").tokens[0] ?? "";
    const owner = await t.signedInWith(token);
    await t.pass(20 * 60_000);
    const later = await t.again(owner);
    const of = async (some: string[]) => {
      const revoked = await costOf(() => codeOf(revokeTokens(later, { ids: some, ...reason })));
      const labelled = await costOf(() => codeOf(labelTokens(later, { ids: some, purpose: "x" })));
      expect([revoked.value, labelled.value]).toEqual(["step_up_required", "step_up_required"]);
      return [revoked.statements, labelled.statements];
    };
    await of(ids.slice(0, 1));
    const one = await of(ids.slice(0, 1));
    expect(await of(ids)).toEqual(one);
  });

  test("costs few statements, few rows in each, and leaves others their turn", async () => {
    for (const index of [0, 1, 2]) await idsOf(`p${index}`);
    const boss = await t.signedIn("boss");
    await t.finish(listTokens(boss, {}));
    const { value: list, ...listed } = await costOf(() => listTokens(boss, {}));
    const ids = list.items.map(({ id }) => id);
    expect(ids).toHaveLength(many);
    expect(listed.statements).toBeLessThan(20);
    expect(listed.rows).toBeLessThanOrEqual(mostRows);

    const revoked = await costOf(() => revokeTokens(boss, { ids, ...reason }));
    expect(revoked.statements).toBeLessThan(many / 4);
    expect(revoked.rows).toBeLessThanOrEqual(mostRows);
    expect(revoked.turns).toBeGreaterThan(5);
    // Each item reads it: what stands in it for each of them is read six hundred times six hundred.
    const { request } = await t.desk.db
      .selectFrom("operations")
      .select("request")
      .where("id", "=", revoked.value.operationId)
      .executeTakeFirstOrThrow();
    expect(request.length).toBeLessThan(200);
    const { value: told, ...got } = await costOf(() => getOperation(boss, { id: revoked.value.operationId }));
    expect(told.total).toBe(many);
    expect(got.statements).toBeLessThan(30);
    expect(got.rows).toBeLessThanOrEqual(mostRows);
    // A lead has no sealed copy of these: all failed, and all are tried again at once.
    expect(told.items.every(({ state }) => state === "failed")).toBe(true);
    const again = await costOf(() => retryOperation(boss, { id: revoked.value.operationId }));
    expect(again.statements).toBeLessThan(many * 1.5);
    expect(again.rows).toBeLessThanOrEqual(mostRows);

    const owner = await t.signedIn("owner");
    const own = await idsOf("owner");
    const labelled = await costOf(() => labelTokens(owner, { ids: own, environment: "production" }));
    expect(labelled.statements).toBeLessThan(many / 4);
    expect(labelled.rows).toBeLessThanOrEqual(mostRows);
    expect(labelled.turns).toBeGreaterThan(5);
  });

  test("is recorded a part at a time where a portal lists what nobody knew: each part whole, with its entry", async () => {
    const ctx = await t.signedIn("p9");
    await t.finish(listTokens(ctx, {}));
    await t.portal.addTokens("p9@demo.example", { prefixed: many });
    await t.pass();
    const before = (await trail(t)).length;
    const { value, rows, turns } = await costOf(() => listTokens(ctx, {}));
    expect(value.items).toHaveLength(many);
    expect(rows).toBeLessThanOrEqual(mostRows);
    expect(turns).toBeGreaterThan(5);
    const synced = (await trail(t)).slice(before).filter(({ action }) => action === "owner.synced");
    expect(synced.map(({ detail }) => detail?.new)).toEqual([250, 250, 100]);
    expect(await entriesSince(t, before)).toEqual([]);
  });

  test("is recorded a part at a time where a list goes and comes again, and where its owner turns out to be another", async () => {
    const ctx = await t.signedIn("p11");
    const values = await t.portal.addTokens("p11@demo.example", { prefixed: many });
    await t.finish(listTokens(ctx, {}));
    const before = (await trail(t)).length;
    await t.portal.removeTokens(values);
    await t.pass();
    await t.finish(listTokens(ctx, {}));
    await t.portal.addTokens("p11@demo.example", { values });
    await t.pass();
    await t.finish(listTokens(ctx, {}));
    const details = (await trail(t))
      .slice(before)
      .flatMap(({ action, detail }) => (action === "owner.synced" ? [detail] : []));
    expect(details.map((detail) => [detail?.disappeared, detail?.returned])).toEqual([
      ...[250, 250, 100].map((count) => [count, 0]),
      ...[250, 250, 100].map((count) => [0, count]),
    ]);
    const other = (await t.signedIn("p12")).session.ownerId;
    const { rows } = await costOf(() =>
      t.desk.db.transaction().execute((tx) => mergeOwner(tx, ctx.session.ownerId, other)),
    );
    expect(rows).toBeLessThanOrEqual(mostRows);
    expect(await tokensOfOwner(t.desk.db, other, "current", ({ id }) => id)).toHaveLength(many);
  });

  test("is bounded where a portal lists other tokens each time: what vanished unnamed is forgotten, and said to be", async () => {
    const ctx = await t.signedIn("p10");
    const named = await mint(ctx, "Stays");
    await t.pass();
    await t.finish(listTokens(ctx, {}));
    const kept = async () => {
      const { count } = await t.desk.db
        .selectFrom("tokens")
        .select((e) => e.fn.countAll<number>().as("count"))
        .where("owner_id", "=", ctx.session.ownerId)
        .executeTakeFirstOrThrow();
      return Number(count);
    };
    let values: string[] = [];
    const before = (await trail(t)).length;
    for (let round = 0; round < 4; round += 1) {
      await t.portal.removeTokens(values);
      values = await t.portal.addTokens("p10@demo.example", { prefixed: 2_500 });
      await t.pass();
      await t.finish(listTokens(ctx, {}));
    }
    await t.portal.removeTokens([...values, ...(await t.portal.user("p10@demo.example")).tokens]);
    await t.pass();
    await t.finish(listTokens(ctx, {}));
    // Five thousand of ten thousand, and what somebody named.
    expect(await kept()).toBe(5_001);
    const forgotten = (await trail(t))
      .slice(before)
      .reduce((sum, { detail }) => sum + Number(detail?.forgotten ?? 0), 0);
    expect(forgotten).toBe(5_000);
    const { items } = await t.finish(listTokens(ctx, { status: "disappeared" }));
    expect(items.some(({ id }) => id === named[0]?.id)).toBe(true);
  });

  test("is settled in few statements, where twenty mints are open and the portal lists others", async () => {
    const ctx = await t.signedIn("p20");
    await t.finish(listTokens(ctx, {}));
    await t.portal.addFault({ endpoint: "mint", kind: "html", status: 200, count: 20 });
    const mints = Array.from({ length: 20 }, (_, index) => t.finish(codeOf(mint(ctx, `Unknown ${index}`))));
    await Promise.all(mints);
    // What a mint began from is as long as its owner's list.
    expect((await costOf(() => resumeMints(t.desk))).baselinesAtOnce).toBe(1);
    await t.portal.addTokens("p20@demo.example", { prefixed: many });
    await t.pass();
    const cost = await costOf(() => listTokens(ctx, {}));
    // One by one it was a statement for each token and mint.
    expect(cost.statements).toBeLessThan(many);
    expect(cost.rows).toBeLessThanOrEqual(mostRows);
    expect(cost.baselines).toBeLessThanOrEqual(20);
    await t.pass(200_000);
    await t.finish(listTokens(ctx, {}));
  });

  test("is a session of twenty connections", async () => {
    const ctx = await t.signedIn("boss");
    const codes: string[] = [];
    for (let index = 30; index < 50; index += 1) {
      const { userName: username, password } = t.passwordOf(`p${index}`);
      codes.push(await t.finish(codeOf(connect(ctx, { portal: "sim", username, password }))));
    }
    expect(codes).toEqual([...Array(19).fill("ok"), "wrong_state"]);
    // One that is there already is proved anew.
    const { userName: username, password } = t.passwordOf("p30");
    expect(await t.finish(codeOf(connect(ctx, { portal: "sim", username, password })))).toBe("ok");
  });

  test("is a list of 20,000 tokens: nobody's are there in part, and that some are left out is said", async () => {
    const owners: string[] = [];
    for (const key of ["p60", "p61", "p62"]) {
      const ctx = await t.signedIn(key);
      owners.push(ctx.session.ownerId);
      await t.desk.db.transaction().execute((tx) => insertTokens(tx, fill(ctx.session.ownerId, key, 9_000)));
    }
    const boss = await t.signedIn("boss");
    const { items, sources } = await t.finish(listTokens(boss, {}));
    const of = (user: string) =>
      items.filter(({ owner }) => owner.userName === `${user}@demo.example`).length;
    expect(["p60", "p61", "p62"].map(of).sort()).toEqual([0, 0, 9_000]);
    // The others of whom they lead have as many as leave no room for a second: nobody's are there in part.
    expect(items.length).toBeLessThanOrEqual(20_000);
    expect(sources.map(({ state, error }) => [state, error])).toEqual([["stale", "list_too_long"]]);
    await t.desk.db.transaction().execute(async (tx) => {
      for (const owner of owners)
        await deleteTokens(tx, await tokensOfOwner(tx, owner, "current", ({ id }) => id));
    });
  });

  test("is all that was asked for and not done yet: each second reads a few of each person's and each urgency", async () => {
    const { db } = t.desk;
    const operation = await db.selectFrom("operations").selectAll().limit(1).executeTakeFirstOrThrow();
    const kept = await db.selectFrom("operation_items").selectAll().execute();
    await db.deleteFrom("operation_items").execute();
    const actors = ["own_a", "own_b", "own_c"];
    const now = t.clock.now();
    for (const actor_owner_id of actors) {
      const id = `op_${actor_owner_id}`;
      const items = Array.from({ length: many }, (_, position) => ({
        ...emptyItem,
        operation_id: id,
        position,
        kind: "revoke" as const,
        actor_owner_id,
        acting_by: position < 200 ? ("token" as const) : ("password" as const),
        owner_id: actor_owner_id,
        urgency: position % 20 === 0 ? 0 : 1,
        next_try_at: position % 2 === 0 ? now - position : now + 60_000,
      }));
      await insertOperation(db, { ...operation, id, actor_owner_id, idempotency_key: null }, items);
    }
    const cost = await costOf(() => dueItems(t.desk.db, "revoke", now, 50));
    expect(cost.rows).toBeLessThanOrEqual(50);
    expect(cost.statements).toBeLessThan(50);
    for (const actor of actors)
      for (const by of ["password", "token"]) {
        const own = cost.value.filter((item) => item.actor_owner_id === actor && item.acting_by === by);
        // What leaked first, and of the rest what has waited longest.
        const leaked = by === "token" ? 10 : 20;
        expect(own.map(({ urgency }) => urgency)).toEqual([...Array(leaked).fill(0), ...Array(50).fill(1)]);
        expect(own[leaked]?.position).toBe(by === "token" ? 198 : 598);
      }
    // Noted by a clock that was set back since: due as well.
    await db
      .updateTable("operation_items")
      .set({ next_try_at: now + 3_600_000 })
      .execute();
    expect(await dueItems(db, "revoke", now, 50)).toHaveLength(390);
    await db.deleteFrom("operation_items").execute();
    await db.deleteFrom("operations").where("actor_owner_id", "in", actors).execute();
    for (const part of partsOf(kept, 100)) await db.insertInto("operation_items").values(part).execute();
  });

  test("is labels of tokens each of which has others: as few statements as for tokens alike", async () => {
    const owner = await t.signedIn("owner");
    const ids = await idsOf("owner");
    const { db } = t.desk;
    await db
      .updateTable("tokens")
      .set({ tags: sql`'["' || id || '"]'`, notes: sql`'of ' || id` })
      .where("id", "in", ids)
      .execute();
    const labelled = await costOf(() => labelTokens(owner, { ids, addTags: ["new"] }));
    expect(labelled.statements).toBeLessThan(many / 4);
    const rows = await db
      .selectFrom("tokens")
      .select(["id", "tags", "notes"])
      .where("id", "in", ids)
      .execute();
    expect(rows.map(({ tags }) => JSON.parse(tags))).toEqual(rows.map(({ id }) => [id, "new"]));
    expect(rows.map(({ notes }) => notes)).toEqual(rows.map(({ id }) => `of ${id}`));
  });

  test("is a selection of which each token is somebody else's: few statements until it is claimed", async () => {
    const { db } = t.desk;
    const names = Array.from({ length: many }, (_, index) => `each${String(index).padStart(3, "0")}`);
    const about = { portal: "sim", user_id: null, full_name: null, merged_into: null, created_at: 1 };
    for (const part of partsOf(names, 100)) {
      const owners = part.map((name) => ({
        ...about,
        id: `own_${name}`,
        user_name: name,
        tokens_version: 1,
      }));
      await db.insertInto("owners").values(owners).execute();
    }
    const rows = names.flatMap((name) => fill(`own_${name}`, name, 1));
    await db.transaction().execute((tx) => insertTokens(tx, rows));
    const ids = rows.map(({ id }) => id);
    const claimed = await costOf(() =>
      t.desk.db.transaction().execute((tx) => claimForRevocation(tx, ids, t.clock.now())),
    );
    expect(claimed.value.size).toBe(many);
    expect(claimed.statements).toBeLessThan(many / 10);
    const versions = db.selectFrom("owners").select("tokens_version").distinct();
    // By the records' arrival and by the claim, once each.
    expect(await versions.where("user_name", "in", names).execute()).toEqual([{ tokens_version: 3 }]);
    await db.transaction().execute((tx) => deleteTokens(tx, ids));
    await db.deleteFrom("owners").where("user_name", "in", names).execute();
  });

  test("is the trail of forty thousand people", async () => {
    const owner = await t.signedIn("owner");
    const people = Array.from({ length: 40_000 }, (_, index) => `own_${index}`);
    const [entry] = await selectAudit(t.desk.db, { owners: [...people, owner.session.ownerId] }, 1);
    const acted = [entry?.actor_owner_id, entry?.target_owner_id];
    expect(acted).toContain(owner.session.ownerId);
    expect(await selectAudit(t.desk.db, { owners: [] }, 1)).toEqual([]);
  });

  const fill = (owner_id: string, key: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...emptyToken,
      id: `tok_${key}${index}`,
      owner_id,
      hint: "aws80:0000…0000",
      status: "unclaimed" as const,
      first_seen_at: t.clock.now(),
      // Not yet in any list, so that none finds it gone.
      listed_at: null,
      status_at: t.clock.now(),
    }));
});
