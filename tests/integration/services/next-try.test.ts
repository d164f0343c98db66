import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { getToken } from "@/lib/server/services/tokens/get";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { engines } from "../../support/desk";
import { type HeldDesk, mint, only, startHeldDesk } from "../../support/held-desk";

/** While a revocation waits, it is told in how many seconds it is tried next; never of what is under way. */
describe.each(engines)("the next try on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  /** Fresh tokens of the API user, whose values the desk holds, with nothing broken. */
  const minted = async (count = 1) => {
    await t.portal.clearFaults();
    await t.pass(minutes(6));
    const ctx = await t.signedIn("apiCrm");
    const ids = (await mint(ctx, "Waiting", count)).map(({ id }) => id);
    return { ctx, ids, id: ids[0] ?? "" };
  };
  const item = async (ctx: SessionContext, id: string) => only((await getOperation(ctx, { id })).items);
  const revoking = async (ctx: SessionContext, id: string) =>
    (await t.finish(getToken(ctx, { id }))).revoking;
  const pauseOf = (seconds: number) =>
    t.portal.addFault({ endpoint: "revoke", kind: "status", status: 429, retryAfter: `${seconds}` });

  test("counts down while the portal's pause lasts, with each answer and each second less", async () => {
    const { ctx, id } = await minted();
    await pauseOf(30);
    const { operationId, state } = await t.finish(revokeToken(ctx, { id, reason: "compromised" }));
    expect(state).toBe("revoking");
    const first = await item(ctx, operationId);
    expect(first).toMatchObject({ state: "checking", error: "portal_limited" });
    expect(first.acceptedAt).toBeUndefined();
    expect(first.retryAfter).toBeGreaterThan(25);
    expect(first.retryAfter).toBeLessThanOrEqual(30);
    const told = first.retryAfter ?? 0;
    expect(await revoking(ctx, id)).toMatchObject({ operationId, error: "portal_limited", retryAfter: told });
    await t.pass(seconds(10));
    expect((await item(ctx, operationId)).retryAfter).toBe(told - 10);
    // Less than a second is a second: nobody is told that it is now before it is.
    await t.pass(seconds(told - 10) - 300);
    expect((await item(ctx, operationId)).retryAfter).toBe(1);
    await t.pass(300);
    expect((await item(ctx, operationId)).retryAfter).toBeUndefined();
    await t.pass(seconds(2));
    await t.work();
    expect(await item(ctx, operationId)).toEqual({ tokenId: id, label: "Waiting", state: "done" });
    expect(await revoking(ctx, id)).toBeUndefined();
  });

  test("is told of what the portal has accepted and shows on, and that it has", async () => {
    const { ctx, id } = await minted();
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 200, body: "true", count: null });
    const { operationId } = await t.finish(revokeToken(ctx, { id, reason: "unused" }));
    const told = await item(ctx, operationId);
    expect(told).toMatchObject({ state: "checking", acceptedAt: expect.any(String), retryAfter: 1 });
    expect(told.error).toBeUndefined();
    expect(await revoking(ctx, id)).toMatchObject({ acceptedAt: told.acceptedAt, reason: "unused" });
  });

  test("is not told of what is being sent: that is when the worker would take it up", async () => {
    const { ctx, id } = await minted();
    await t.portal.addFault({ endpoint: "revoke", kind: "hang" });
    await t.portal.clearCalls();
    const asked = revokeToken(ctx, { id, reason: "compromised" });
    await t.portal.waitForCalls({ endpoint: "revoke" }, 1);
    const { operation_id: operationId, next_try_at } = await t.desk.db
      .selectFrom("operation_items")
      .selectAll()
      .where("token_id", "=", id)
      .where("kind", "=", "revoke")
      .executeTakeFirstOrThrow();
    expect(next_try_at).toBeGreaterThan(t.clock.now());
    expect(await item(ctx, operationId)).toEqual({ tokenId: id, label: "Waiting", state: "sending" });
    await t.portal.clearFaults();
    await t.finish(asked);
  });

  test("is the same for all of a bulk that the portal's pause met at its first", async () => {
    const { ctx, ids } = await minted(3);
    const { operationId } = await t.finish(revokeTokens(ctx, { ids, reason: "unused" }));
    const before = (await getOperation(ctx, { id: operationId })).items;
    expect(before.map(({ state, retryAfter }) => [state, retryAfter])).toEqual(
      Array(3).fill(["pending", undefined]),
    );
    await pauseOf(20);
    await t.work();
    const { items } = await getOperation(ctx, { id: operationId });
    const told = items.map(({ retryAfter = 0 }) => retryAfter);
    expect(Math.min(...told)).toBeGreaterThan(15);
    expect(Math.max(...told)).toBeLessThanOrEqual(20);
    expect(items.map(({ state }) => state)).toEqual(Array(3).fill("checking"));
    expect(items.map(({ acceptedAt }) => acceptedAt)).toEqual(Array(3).fill(undefined));
    await t.pass(seconds(21));
    await t.work();
    expect((await getOperation(ctx, { id: operationId })).state).toBe("done");
  });
});
