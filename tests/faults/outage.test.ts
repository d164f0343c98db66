import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { log } from "@/lib/server/log";
import { getOperation } from "@/lib/server/services/operations/get";
import { driveDueRevocations } from "@/lib/server/services/operations/resume";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { engines } from "../support/desk";
import { connectionOf, type HeldDesk, mint, only, startHeldDesk, trail } from "../support/held-desk";

/** A portal that asks for a pause, and one that is gone for an hour. */
describe.each(engines)("a portal that keeps the desk waiting, on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine, { env: { TOKENDESK_PORTAL_CALLS_PER_MINUTE: "100" } });
  });
  afterAll(() => t?.stop());

  const user = "api-crm@demo.example";
  const dateIn = (ms: number) => new Date(t.clock.now() + ms).toUTCString();
  const pauses: [string, () => string | undefined, number][] = [
    ["30", () => "30", 30],
    ["a date in a minute", () => dateIn(minutes(1)), 60],
    ["nothing", () => undefined, 1],
    ["999999", () => "999999", 300],
  ];
  test.each(pauses)(
    "F9 a 429 that says %s is waited for by everybody; they are told how long; the revocation goes first",
    async (_, retryAfter, pauseSeconds) => {
      await t.pass(minutes(6));
      // A date in a header has whole seconds.
      await t.pass(seconds(1) - (t.clock.now() % seconds(1)));
      const ctx = await t.signedIn("apiCrm");
      const { id } = only(await mint(ctx, "To go"));
      await t.pass();
      await t.portal.addFault({
        endpoint: "list",
        kind: "status",
        status: 429,
        retryAfter: retryAfter(),
      });
      await listTokens(ctx, {});
      await t.portal.clearCalls();

      const during = await listTokens(ctx, {});
      expect(during).toMatchObject({
        stale: true,
        sources: [{ state: "stale", error: "portal_limited", retryAfter: pauseSeconds }],
      });
      const input = { connectionId: connectionOf(ctx).id, label: "Later", count: 1 };
      await expect(mintTokens(ctx, { input, idempotencyKey: newId("key") })).rejects.toMatchObject({
        code: "portal_limited",
        facts: { retryAfter: pauseSeconds },
      });
      const { state } = await revokeToken(ctx, { id, reason: "compromised" });
      expect(state).toBe("revoking");
      await t.pass(seconds(pauseSeconds) - 1);
      await driveDueRevocations(t.desk);
      expect(await t.portal.calls()).toEqual([]);

      await t.pass(1);
      const list = listTokens(await t.again(ctx), {});
      await t.work();
      await t.pass(seconds(1));
      expect((await list).stale).toBe(false);
      const endpoints = (await t.portal.calls()).map(({ endpoint }) => endpoint);
      expect(endpoints.slice(0, 2)).toEqual(["revoke", "list"]);
    },
  );

  test("F10 the portal is down for an hour with 50 revocations open, and the desk restarts: all end, each once", async () => {
    await t.pass(minutes(6));
    const said = vi.spyOn(log(), "error");
    const ctx = await t.signedIn("apiCrm");
    const ids: string[] = [];
    for (const count of [20, 20, 10]) {
      ids.push(...(await mint(ctx, `Bulk ${ids.length}`, count)).map(({ id }) => id));
      await t.pass(minutes(1));
    }
    await listTokens(ctx, {});
    const { operationId } = await revokeTokens(ctx, { ids, reason: "offboarding" });
    await t.portal.addFault({ endpoint: "any", kind: "status", status: 503, count: null });
    await t.portal.clearCalls();
    for (let minute = 0; minute < 60; minute += 10) {
      if (minute === 30) await t.crash();
      await t.pass(minutes(10));
      await t.work();
    }
    // The breaker asks now and then whether it is back; nobody hammers a portal that is down.
    expect((await t.portal.calls()).length).toBeLessThan(60 * 10);
    const overdue = said.mock.calls.filter(([, words]) => words === "revocations are overdue");
    expect(overdue.at(-1)?.[0]).toMatchObject({ portal: "sim", count: 50 });
    said.mockRestore();
    // The hour was longer than a session: the tokens go by their own right, and the next sign-in proves it.
    await t.portal.clearFaults();
    await t.pass(seconds(30));
    const again = await t.signedIn("apiCrm");
    const { items } = await getOperation(again, { id: operationId });
    expect(items.filter((item) => item.overdue)).toHaveLength(50);

    for (let minute = 0; minute < 5; minute += 1) {
      await t.portal.clearCalls();
      await t.work();
      expect((await t.portal.calls()).length).toBeLessThanOrEqual(100);
      await t.pass(minutes(1));
    }
    expect(await getOperation(await t.again(again), { id: operationId })).toMatchObject({
      state: "done",
      done: 50,
      total: 50,
    });
    expect((await t.portal.user(user)).tokens.length).toBeLessThan(10);
    const outcomes = (await trail(t)).filter(
      (entry) => entry.operationId === operationId && entry.result === "ok",
    );
    expect(outcomes.map(({ target }) => target?.tokenId).sort()).toEqual(ids.toSorted());
  });
});
