import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { getToken } from "@/lib/server/services/tokens/get";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import type { FaultInput } from "@/lib/simulator/fault-rules";
import { engines } from "../../support/desk";
import { codeOf, type HeldDesk, mint, only, startHeldDesk } from "../../support/held-desk";

/*
 * Somebody who has found a token where it should not be does what they can now, and goes on: that the portal cannot be asked at
 * this moment, whatever brought that about, is the desk's to wait for.
 */
describe.each(engines)("a revocation while the portal cannot be asked, on %s,", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());
  beforeEach(async () => {
    await t.desk.db.deleteFrom("operation_items").execute();
    await t.renew();
  });

  type Visitor = SessionContext & { sid: string };
  const reports = "api-reports@demo.example";
  /** A person who has looked at the tokens that they may see. The desk holds none of these. */
  async function looking(who: string, prefixed = 0): Promise<{ ctx: Visitor; ids: string[] }> {
    if (prefixed > 0) await t.portal.addTokens(reports, { prefixed });
    const ctx = await t.signedIn(who);
    const { items } = await t.finish(listTokens(ctx, {}));
    return { ctx, ids: items.flatMap(({ id, owner }) => (owner.userName === reports ? id : [])) };
  }
  const pause: FaultInput = { endpoint: "list", kind: "status", status: 429, retryAfter: "30" };
  const down: FaultInput = { endpoint: "any", kind: "reset-before", count: null };
  /** The portal answers 429 to somebody's list, or nothing to anybody. */
  async function cannotBeAsked(ctx: Visitor, fault: FaultInput): Promise<void> {
    await t.portal.addFault(fault);
    await t.pass();
    await t.finish(listTokens(ctx, {}));
    await t.portal.clearCalls();
  }
  const leaked = async (ctx: Visitor, id: string) =>
    t.finish(revokeToken(await t.again(ctx), { id, reason: "compromised" }));
  const workFor = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += seconds(1)) {
      await t.pass(seconds(1));
      await t.work();
    }
  };
  const itemOf = async (ctx: Visitor, operationId: string) =>
    (await getOperation(await t.again(ctx), { id: operationId })).items[0];

  test.each([
    ["that is paused", pause],
    ["that is down", down],
  ])(
    "of a value that only the portal has, at one %s: is taken, and done when it can be asked",
    async (_, fault) => {
      const { ctx, ids } = await looking("apiReports");
      const id = ids[0] ?? "";
      await cannotBeAsked(ctx, fault);
      const { state, operationId } = await leaked(ctx, id);
      expect(state).toBe("revoking");
      expect((await getToken(await t.again(ctx), { id })).status).toBe("revoking");
      expect((await t.portal.calls({ endpoint: "revoke" })).length).toBe(0);
      await t.portal.clearFaults();
      await workFor(minutes(1));
      expect(await itemOf(ctx, operationId)).toMatchObject({ state: "done" });
      expect((await t.portal.user(reports)).tokens).toHaveLength(1);
    },
  );

  test("of many whose values only the portal has: one list serves all of them", async () => {
    const { ctx, ids } = await looking("apiReports", 10);
    await cannotBeAsked(ctx, pause);
    const input = { ids, reason: "compromised" as const };
    const { operationId } = await t.finish(revokeTokens(await t.again(ctx), input));
    await workFor(seconds(31));
    await workFor(seconds(10));
    const { done, total } = await getOperation(await t.again(ctx), { id: operationId });
    expect([done, total]).toEqual([ids.length, ids.length]);
    // One that gives the values, one that proves that they are gone.
    expect((await t.portal.calls({ endpoint: "list" })).length).toBeLessThanOrEqual(3);
  });

  test("of one that the portal lists no more, when it can be asked: ends, and says so", async () => {
    const { ctx, ids } = await looking("apiReports");
    await cannotBeAsked(ctx, pause);
    const { operationId } = await leaked(ctx, ids[0] ?? "");
    await t.portal.removeTokens((await t.portal.user(reports)).tokens);
    await workFor(seconds(35));
    expect(await itemOf(ctx, operationId)).toMatchObject({ state: "failed", error: "wrong_state" });
    await t.pass();
    await t.finish(listTokens(await t.again(ctx), {}));
    expect((await getToken(await t.again(ctx), { id: ids[0] ?? "" })).status).toBe("disappeared");
  });

  test("whose asker is gone before it can be asked: waits for their sign-in, and goes on with it", async () => {
    const { ctx, ids } = await looking("apiReports");
    await cannotBeAsked(ctx, { ...pause, retryAfter: "180" });
    await t.pass(minutes(2));
    const { operationId } = await leaked(ctx, ids[0] ?? "");
    await signOut(await t.again(ctx));
    await workFor(seconds(65));
    const back = await t.signedIn("apiReports");
    expect(await itemOf(back, operationId)).toMatchObject({ state: "checking" });
    await workFor(minutes(1));
    expect(await itemOf(back, operationId)).toMatchObject({ state: "done" });
  });

  test("whose asker is gone, of a token that the desk holds: ends by the token itself", async () => {
    const owner = await t.signedIn("apiReports");
    const { id } = only(await mint(owner, "Sealed"));
    await cannotBeAsked(owner, { ...pause, retryAfter: "180" });
    await t.pass(minutes(2));
    const { operationId } = await leaked(owner, id);
    await signOut(await t.again(owner));
    await workFor(seconds(65));
    const back = await t.signedIn("apiReports");
    await workFor(seconds(30));
    expect(await itemOf(back, operationId)).toMatchObject({ state: "done" });
  });

  test("by a lead whom the portal showed the owner a while ago: is taken, and judged by the portal", async () => {
    const owner = await t.signedIn("apiReports");
    const { id } = only(await mint(owner, "Sealed"));
    await t.pass();
    const { ctx } = await looking("leadSupport");
    await t.pass(minutes(5));
    await cannotBeAsked(owner, { ...pause, retryAfter: "200" });
    const { state, operationId } = await leaked(ctx, id);
    expect(state).toBe("revoking");
    expect((await t.portal.calls()).length).toBe(0);
    await workFor(seconds(205));
    expect(await itemOf(ctx, operationId)).toMatchObject({ state: "done" });
  });

  test("by whom the portal never showed the owner: is what it was", async () => {
    const { ids } = await looking("apiReports");
    const stranger = await t.signedIn("leadSales");
    await t.finish(listTokens(stranger, {}));
    await t.pass(minutes(2));
    await cannotBeAsked(stranger, pause);
    expect(await codeOf(leaked(stranger, ids[0] ?? ""))).toBe("portal_limited");
  });
});
