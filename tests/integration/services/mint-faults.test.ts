import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { getOperation } from "@/lib/server/services/operations/get";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { listTokens } from "@/lib/server/services/tokens/list";
import { patchToken } from "@/lib/server/services/tokens/patch";
import type { FaultInput } from "@/lib/simulator/fault-rules";
import { engines } from "../../support/desk";
import { faultyMint } from "../../support/faulty-mint";
import { type HeldDesk, only, startHeldDesk, trail } from "../../support/held-desk";

/** Every call of mint makes another permanent token, and an answer may get lost: none may be lost, or doubled. */
describe.each(engines)("minting while things break on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const { user, ask, state, atPortal, posts, begin } = faultyMint(() => t);

  const minted: [string, FaultInput][] = [
    ["reset after the effect", { endpoint: "mint", kind: "reset-after" }],
    ["answered 500 after the effect", { endpoint: "mint", kind: "status", status: 500, effect: true }],
    ["answered 504 after the effect", { endpoint: "mint", kind: "status", status: 504, effect: true }],
    ["cut off in the answer", { endpoint: "mint", kind: "truncated" }],
    ["answered with a page of HTML", { endpoint: "mint", kind: "html", status: 200, effect: true }],
    ["left hanging after the effect", { endpoint: "mint", kind: "hang", effect: true }],
    [
      "answered far too long",
      { endpoint: "mint", kind: "huge", bytes: 200_000, shape: "text", effect: true },
    ],
    ["redirected after the effect", { endpoint: "mint", kind: "redirect", location: "/", effect: true }],
  ];
  test.each(minted)("a mint that was %s is recovered under its name, to be confirmed", async (_, fault) => {
    const { ctx, had } = await begin();
    await t.portal.addFault(fault);
    const answer = await t.finish(ask(ctx));
    expect(answer.items).toBeUndefined();
    expect(await state(ctx, answer)).toBe("checking");
    await t.pass(seconds(5));
    await t.work();
    expect(await getOperation(ctx, { id: answer.operationId })).toMatchObject({
      state: "recovered",
      done: 1,
      items: [{ label: "Faulty", state: "recovered" }],
    });
    const found = only(
      (await listTokens(ctx, { status: "active" })).items.filter(({ recovered }) => recovered),
    );
    expect(found).toMatchObject({ label: "Faulty", sealed: true });
    expect((await trail(t)).at(-1)).toMatchObject({
      action: "token.recover",
      result: "ok",
      operationId: answer.operationId,
      target: { tokenId: found.id, label: "Faulty" },
    });
    expect(await posts()).toBe(1);
    expect(await atPortal()).toBe(had + 1);
    await patchToken(ctx, { id: found.id, patch: { label: "Confirmed" } });
    expect((await listTokens(ctx, {})).items.some(({ recovered }) => recovered)).toBe(false);
  });

  const lost: [string, FaultInput][] = [
    ["reset before it arrived", { endpoint: "mint", kind: "reset-before" }],
    ["answered 500", { endpoint: "mint", kind: "status", status: 500 }],
    ["left hanging", { endpoint: "mint", kind: "hang" }],
  ];
  test.each(lost)(
    "a mint that was %s is looked for three times before it counts as failed",
    async (_, fault) => {
      const { ctx, had } = await begin();
      await t.portal.addFault(fault);
      const answer = await t.finish(ask(ctx));
      await t.portal.clearFaults();
      await t.portal.clearCalls();
      for (const wait of [seconds(5), seconds(25), seconds(60), seconds(29)]) {
        await t.pass(wait);
        await t.work();
        expect(await state(ctx, answer)).toBe("checking");
      }
      expect(await t.portal.calls({ endpoint: "list" })).toHaveLength(2);
      await t.pass(seconds(31));
      await t.work();
      expect(await getOperation(ctx, { id: answer.operationId })).toMatchObject({
        state: "failed",
        items: [{ error: "not_minted" }],
      });
      expect((await trail(t)).at(-1)).toMatchObject({ action: "token.mint", result: "failed" });
      expect(await posts()).toBe(0);
      expect(await atPortal()).toBe(had);
    },
  );

  test("a token that shows late, but in time, is recovered; nothing says failed before", async () => {
    const { ctx } = await begin();
    await t.portal.addFault({ endpoint: "mint", kind: "late", afterLists: 2 });
    await t.portal.addFault({ endpoint: "mint", kind: "reset-after" });
    const answer = await t.finish(ask(ctx));
    for (const wait of [seconds(5), seconds(25)]) {
      await t.pass(wait);
      await t.work();
      expect(await state(ctx, answer)).toBe("checking");
    }
    await t.pass(seconds(95));
    await t.work();
    expect(await state(ctx, answer)).toBe("recovered");
  });

  test("with two new tokens nobody guesses: both are unclaimed, and a person decides", async () => {
    const { ctx } = await begin();
    await t.portal.addFault({ endpoint: "mint", kind: "reset-after" });
    const answer = await t.finish(ask(ctx));
    await t.portal.addTokens(user, { prefixed: 1 });
    const before = (await listTokens(ctx, { status: "unclaimed" })).items.length;
    await t.pass(seconds(5));
    await t.work();
    expect(await getOperation(ctx, { id: answer.operationId })).toMatchObject({
      state: "failed",
      items: [{ error: "ambiguous" }],
    });
    await t.pass();
    expect((await listTokens(ctx, { status: "unclaimed" })).items.length).toBeGreaterThanOrEqual(before);
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);
  });

  test("of two of unknown outcome and one token the later has it; about the earlier a person decides", async () => {
    const { ctx } = await begin();
    await t.portal.addFault({ endpoint: "mint", kind: "reset-before" });
    const first = await t.finish(ask(ctx));
    await t.pass(1);
    await t.portal.addFault({ endpoint: "mint", kind: "reset-after" });
    const second = await t.finish(ask(ctx));
    await t.pass(seconds(5));
    await t.work();
    expect(await getOperation(ctx, { id: first.operationId })).toMatchObject({
      items: [{ error: "ambiguous" }],
    });
    expect(await state(ctx, second)).toBe("recovered");
  });

  test("somebody who looks at the list settles it at once", async () => {
    const { ctx } = await begin();
    await t.portal.addFault({ endpoint: "mint", kind: "reset-after" });
    const answer = await t.finish(ask(ctx));
    await t.pass(1);
    expect((await listTokens(ctx, {})).items.some(({ recovered }) => recovered)).toBe(true);
    expect(await state(ctx, answer)).toBe("recovered");
  });

  test("of twenty, what exists is kept whatever happens to the rest", async () => {
    const { ctx, had } = await begin();
    await t.portal.addFault({ endpoint: "mint", kind: "reset-after", skip: 9 });
    const answer = await t.finish(ask(ctx, newId("key"), 20));
    const during = await getOperation(ctx, { id: answer.operationId });
    expect(during).toMatchObject({ state: "checking", done: 9, total: 20 });
    expect(during.items.filter((item) => item.state === "failed")).toHaveLength(10);
    await t.pass(seconds(5));
    await t.work();
    expect(await getOperation(ctx, { id: answer.operationId })).toMatchObject({ state: "failed", done: 10 });
    expect(await posts()).toBe(10);
    expect(await atPortal()).toBe(had + 10);
  });

  test("no credential, no verdict: it waits for a sign-in, and is settled by it", async () => {
    const { ctx } = await begin();
    await t.portal.addFault({ endpoint: "mint", kind: "reset-after" });
    const answer = await t.finish(ask(ctx));
    await signOut(ctx);
    await t.pass(minutes(10));
    await t.work();
    const again = await t.signedIn("apiCrm");
    // Until somebody with the right credential looks, nothing is said.
    await signOut(again);
    const watcher = await t.signedIn("apiCrm");
    expect(await state(watcher, answer)).toBe("checking");
    await listTokens(watcher, {});
    expect(await state(watcher, answer)).toBe("recovered");
  });
});
