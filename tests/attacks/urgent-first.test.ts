import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RevokeReason } from "@/lib/contracts/tokens";
import { minutes, seconds } from "@/lib/server/clock";
import type { SessionContext } from "@/lib/server/services/context";
import { emptyItem } from "@/lib/server/services/operations/empty-item";
import { getOperation } from "@/lib/server/services/operations/get";
import { urgenciesOf } from "@/lib/server/services/operations/urgency";
import { getToken } from "@/lib/server/services/tokens/get";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { tokenById } from "@/lib/server/store/tokens";
import { engines } from "../support/desk";
import { codeOf, type HeldDesk, mint, only, startHeldDesk } from "../support/held-desk";

/*
 * Whoever has a leaked token uses it for as long as its revocation waits. To start a large revocation, or to have somebody
 * start one, would give them that time.
 */
describe.each(engines)("while hundreds are revoked at once, on %s,", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine, { env: { TOKENDESK_PORTAL_CALLS_PER_MINUTE: "100" } });
  });
  afterAll(() => t?.stop());
  beforeEach(async () => {
    await t.desk.db.deleteFrom("operation_items").execute();
    await t.renew();
  });

  const users = {
    ben: "ben@demo.example",
    ann: "ann@demo.example",
    cleo: "cleo@demo.example",
  };
  type Who = keyof typeof users;

  /** A person with so many tokens that the desk has seen, none of which it holds. */
  async function withTokens(who: Who, prefixed: number): Promise<{ ctx: SessionContext; ids: string[] }> {
    await t.portal.addTokens(users[who], { prefixed });
    const ctx = await t.signedIn(who);
    const { items } = await t.finish(listTokens(ctx, {}));
    return { ctx, ids: items.flatMap(({ id, status }) => (status === "unclaimed" ? id : [])) };
  }
  const many = async (ctx: SessionContext, ids: string[], reason: RevokeReason) =>
    (await t.finish(revokeTokens(ctx, { ids, reason }))).operationId;
  const doneOf = async (ctx: SessionContext, id: string) => (await getOperation(ctx, { id })).done;

  /** How long it takes by the desk's clock until it is proven, while the worker goes on as it does. */
  async function timeToProof(ctx: SessionContext, id: string, reason: RevokeReason): Promise<number> {
    const started = t.clock.monotonic();
    const { operationId, state } = await t.finish(revokeToken(ctx, { id, reason }));
    if (state !== "revoked") await workFor(minutes(5), async () => (await doneOf(ctx, operationId)) === 1);
    return t.clock.monotonic() - started;
  }

  /** The worker as it runs: rounds begin each second, whatever the last ones still wait for. */
  async function workFor(ms: number, isOver: () => Promise<boolean> = async () => false): Promise<void> {
    const started = t.clock.monotonic();
    while (t.clock.monotonic() - started < ms && !(await isOver())) {
      await t.work();
      await t.pass(seconds(1));
    }
  }

  test.each<RevokeReason>(["unused", "compromised"])(
    "one by hand is proven at once, whoever asks (the many are %s)",
    async (reason) => {
      const [hog, other] = [await withTokens("ben", 306), await withTokens("ann", 3)];
      const own = hog.ids.slice(300);
      const operationId = await many(hog.ctx, hog.ids.slice(0, 300), reason);
      const took: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        await workFor(seconds(3));
        took.push(await timeToProof(hog.ctx, own[round] ?? "", "rotated"));
        took.push(await timeToProof(other.ctx, other.ids[round] ?? "", "unused"));
        took.push(await timeToProof(hog.ctx, own[round + 3] ?? "", "compromised"));
        await t.pass(seconds(8));
      }
      expect(Math.max(...took)).toBeLessThan(seconds(2));
      // And the many go on meanwhile, proven as they go.
      expect(await doneOf(hog.ctx, operationId)).toBeGreaterThan(30);
    },
  );

  test("a lead finds their people's, whatever others read", async () => {
    const owner = await t.signedIn("apiReports");
    const { id } = only(await mint(owner, "Sealed"));
    await t.pass(minutes(1));
    const lead = await t.signedIn("leadSupport");
    const [value = ""] = await t.portal.addTokens("cleo@demo.example", { prefixed: 1 });
    for (let n = 0; n < 120; n += 1)
      await t.desk.portal
        .listTokens("sim", value, { person: `reader ${n % 60}`, atOnce: true })
        .catch(() => undefined);
    expect(await codeOf(t.finish(getToken(await t.again(lead), { id })))).toBe("portal_limited");
    expect(await timeToProof(await t.again(lead), id, "compromised")).toBeLessThan(seconds(2));
  });

  test("what waits for a portal that is away makes nothing many for another", async () => {
    const { ctx } = await withTokens("ben", 0);
    const wanted = Array.from({ length: 30 }, (_, n) => ({
      ownerId: "own_a",
      connection: { portal: n < 25 ? "away" : "sim", provedBy: "password" as const },
    }));
    const urgencies = async (some: typeof wanted) =>
      t.desk.db.transaction().execute((tx) => urgenciesOf(tx, [ctx.session.ownerId], "rotated", some));
    // Each by itself, as a person or a script presses; what is taken waits.
    const operation = await t.desk.db.selectFrom("operations").selectAll().limit(1).executeTakeFirst();
    for (const [position, one] of wanted.entries()) {
      const [urgency = 0] = await urgencies([one]);
      const place = { operation_id: operation?.id ?? "op", position, owner_id: one.ownerId };
      const item = { ...emptyItem, ...place, kind: "revoke" as const, actor_owner_id: ctx.session.ownerId };
      await t.desk.db
        .insertInto("operation_items")
        .values({ ...item, portal: one.connection.portal, urgency, next_try_at: t.clock.now() + minutes(5) })
        .execute();
    }
    const items = await t.desk.db
      .selectFrom("operation_items")
      .select(["portal", "urgency"])
      .orderBy("position")
      .execute();
    expect(items.map(({ urgency }) => urgency)).toEqual([
      ...Array(20).fill(2),
      ...Array(5).fill(3),
      ...Array(5).fill(2),
    ]);
    // And what is asked for a few at a time fills the first hundred as a selection does.
    expect((await urgencies(Array(200).fill(wanted[0]))).filter((one) => one === 3)).toHaveLength(95);
  });

  test("what the last process was about to send is sent by the next at once", async () => {
    const { ctx, ids } = await withTokens("ben", 120);
    const [one = "", ...others] = ids;
    await many(ctx, others, "unused");
    await workFor(seconds(2));
    await t.portal.addFault({ endpoint: "revoke", kind: "hang" });
    void revokeToken(ctx, { id: one, reason: "compromised" }).catch(() => undefined);
    await t.portal.waitForCalls({ endpoint: "revoke", finished: false }, 1);
    await t.crash();
    await t.portal.clearFaults();
    const started = t.clock.monotonic();
    const statusOf = async () => (await tokenById(t.desk.db, one))?.status;
    await workFor(minutes(2), async () => (await statusOf()) === "revoked");
    expect(t.clock.monotonic() - started).toBeLessThan(seconds(5));
  });

  test("one of the many is brought forward by hand, whatever it is asked for", async () => {
    const { ctx, ids } = await withTokens("ben", 120);
    const operationId = await many(ctx, ids, "unused");
    await workFor(seconds(2));
    const { items } = await getOperation(ctx, { id: operationId });
    const [one = "", other = ""] = items
      .flatMap(({ state, tokenId }) => (state === "done" || !tokenId ? [] : tokenId))
      .reverse();
    expect(await timeToProof(ctx, one, "unused")).toBeLessThan(seconds(2));
    expect(await timeToProof(ctx, other, "compromised")).toBeLessThan(seconds(2));
    const after = (await getOperation(ctx, { id: operationId })).items;
    for (const id of [one, other]) expect(after.find(({ tokenId }) => tokenId === id)?.state).toBe("done");
  });
});
