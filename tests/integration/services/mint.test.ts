import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mintInput } from "@/lib/contracts/tokens";
import { days, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import type { DeskError } from "@/lib/server/errors";
import { connect } from "@/lib/server/services/connections/connect";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { engines } from "../../support/desk";
import {
  breakAudit,
  codeOf,
  connectionOf,
  entriesSince,
  type HeldDesk,
  mint,
  only,
  startHeldDesk,
  trail,
} from "../../support/held-desk";

describe.each(engines)("minting on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const ask = (ctx: SessionContext, key: string | null, more: object = {}) =>
    mintTokens(ctx, {
      input: mintInput.parse({ connectionId: connectionOf(ctx).id, label: "Asked", ...more }),
      idempotencyKey: key,
    });
  const posts = async () => (await t.portal.calls({ endpoint: "mint" })).length;

  test("one token, with everything that was said about it", async () => {
    const ctx = await t.signedIn("apiCrm");
    const before = (await trail(t)).length;
    const expiresAt = new Date(t.clock.now() + days(30)).toISOString();
    const said = { purpose: "Sync", environment: "prod", tags: ["a", "b"], notes: "n", integrationId: "i" };
    const { items } = await ask(ctx, newId("key"), { ...said, label: " CRM ", expiresAt });
    expect(only(items)).toMatchObject({
      ...said,
      label: "CRM",
      status: "active",
      expiresAt,
      expiry: "advisory",
      sealed: true,
      createdBy: "api-crm@demo.example",
      connectionId: connectionOf(ctx).id,
    });
    expect(await entriesSince(t, before)).toEqual(["token.mint intent", "token.mint ok"]);
    const [intent, done] = (await trail(t)).slice(before);
    expect(intent).toMatchObject({ detail: { count: 1 }, target: { label: "CRM" } });
    expect(done).toMatchObject({
      operationId: intent?.operationId,
      target: { tokenId: only(items).id, label: "CRM" },
    });
  });

  test("twenty at once have numbered names, each of them its own entry", async () => {
    const ctx = await t.signedIn("ben");
    await t.portal.clearCalls();
    const before = (await trail(t)).length;
    const items = await mint(ctx, "Fleet", 20);
    expect(items.map(({ label }) => label)).toEqual(
      Array.from({ length: 20 }, (_, i) => `Fleet ${String(i + 1).padStart(2, "0")}`),
    );
    expect(new Set(items.map(({ id }) => id)).size).toBe(20);
    expect((await entriesSince(t, before)).filter((entry) => entry === "token.mint ok")).toHaveLength(20);
    expect(await posts()).toBe(20);
    expect(await t.portal.calls({ endpoint: "list" })).toHaveLength(1);
    await t.pass();
    const { items: listed } = await listTokens(ctx, {});
    expect(listed.every(({ status }) => status === "active")).toBe(true);
    expect((await t.portal.user("ben@demo.example")).tokens).toHaveLength(20);
  });

  test.each([null, "", "short", "with space in it", "tab\tinside", "x".repeat(256), "ümlaut-key"])(
    "wants an idempotency key that can be one: %j",
    async (key) => {
      expect(await codeOf(ask(await t.signedIn("ann"), key))).toBe("idempotency_key_missing");
    },
  );

  test("one key mints once, however often it is asked", async () => {
    const ctx = await t.signedIn("ann");
    await t.portal.clearCalls();
    const first = await ask(ctx, "same-key-1");
    const before = (await trail(t)).length;
    expect(await ask(ctx, "same-key-1")).toEqual(first);
    await t.restart();
    expect(await ask(await t.again(ctx), "same-key-1")).toEqual(first);
    expect(await posts()).toBe(1);
    expect(await entriesSince(t, before)).toEqual([]);
  });

  test("twenty times at once too: one mints, the others are told to wait", async () => {
    const ctx = await t.signedIn("ann");
    await t.portal.clearCalls();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask(ctx, "same-key-2").catch((error: DeskError) => error.code)),
    );
    const [minted] = answers.filter((answer) => typeof answer === "object");
    expect(minted).toMatchObject({ items: [{ label: "Asked" }] });
    for (const answer of answers) expect([minted, "request_in_flight"]).toContainEqual(answer);
    expect(await posts()).toBe(1);
  });

  test("the same key for something else is refused", async () => {
    const ctx = await t.signedIn("ann");
    await ask(ctx, "same-key-3");
    await t.portal.clearCalls();
    expect(await codeOf(ask(ctx, "same-key-3", { label: "Other" }))).toBe("idempotency_key_reused");
    expect(await codeOf(ask(ctx, "same-key-3", { count: 2 }))).toBe("idempotency_key_reused");
    expect(await posts()).toBe(0);
  });

  test("another person's key is another key", async () => {
    const ann = await ask(await t.signedIn("ann"), "same-key-4");
    const ben = await ask(await t.signedIn("ben"), "same-key-4");
    expect(ben.operationId).not.toBe(ann.operationId);
    expect(only(ben.items).owner.userName).toBe("ben@demo.example");
  });

  test("where nothing reached the portal the same key may try again", async () => {
    const ctx = await t.signedIn("ann");
    await t.portal.addFault({ endpoint: "list", kind: "status", status: 403 });
    expect(await codeOf(ask(ctx, "same-key-5"))).toBe("portal_refused");
    expect(await codeOf(ask(ctx, "same-key-5"))).toBe("ok");
  });

  test("what the portal refused stays refused under its key", async () => {
    const ctx = await t.signedIn("ann");
    await t.portal.addFault({ endpoint: "mint", kind: "status", status: 403 });
    const before = (await trail(t)).length;
    expect(await codeOf(ask(ctx, "same-key-6"))).toBe("portal_refused");
    expect(await entriesSince(t, before)).toEqual(["token.mint intent", "token.mint refused"]);
    await t.portal.clearCalls();
    expect(await codeOf(ask(ctx, "same-key-6"))).toBe("portal_refused");
    expect(await posts()).toBe(0);
  });

  test("with what is not there, not theirs, not allowed or not in time nothing is minted", async () => {
    const ctx = await t.signedIn("ann");
    const other = await t.signedIn("ben");
    const noRights = await t.signedIn("noRights");
    await t.portal.clearCalls();
    const past = new Date(t.clock.now()).toISOString();
    expect(await codeOf(ask(ctx, newId("key"), { connectionId: connectionOf(other).id }))).toBe("not_found");
    expect(await codeOf(ask(ctx, newId("key"), { expiry: "enforced" }))).toBe("not_available");
    expect(await codeOf(ask(ctx, newId("key"), { expiresAt: past }))).toBe("invalid_input");
    expect(await codeOf(ask(noRights, newId("key")))).toBe("portal_refused");
    expect(await posts()).toBe(0);
  });

  test("a lead does not mint for their people", async () => {
    const lead = await t.signedIn("leadSales");
    const ann = await t.signedIn("ann");
    expect(await codeOf(ask(lead, newId("key"), { connectionId: connectionOf(ann).id }))).toBe("not_found");
  });

  test("a connection that ended mints nothing", async () => {
    const ctx = await t.signedIn("cleo");
    await t.portal.expireAuthTokens("cleo@demo.example");
    await t.portal.clearCalls();
    expect(await codeOf(ask(ctx, newId("key")))).toBe("connection_ended");
    expect(await posts()).toBe(0);
  });

  test("what cannot be audited does not happen", async () => {
    const ctx = await t.signedIn("ann");
    await t.portal.clearCalls();
    const mend = await breakAudit(t);
    expect(await codeOf(ask(ctx, "same-key-7"))).toBe("audit_unavailable");
    expect(await t.portal.calls()).toEqual([]);
    await mend();
    expect(await codeOf(ask(ctx, "same-key-7"))).toBe("ok");
  });

  test("two mints of one portal user at once get tokens of their own", async () => {
    const ann = await t.signedIn("ann");
    const ben = await t.signedIn("ben");
    const { userName, password } = t.passwordOf("ann");
    await t.pass(1);
    await connect(ben, { portal: "sim", username: userName, password });
    const [, shared] = (await t.again(ben)).session.connections;
    const [a, b] = await Promise.all([
      ask(ann, newId("key"), { label: "First", count: 3 }),
      ask(await t.again(ben), newId("key"), { label: "Second", count: 3, connectionId: shared?.id }),
    ]);
    const ids = [...(a.items ?? []), ...(b.items ?? [])].map(({ id }) => id);
    expect(new Set(ids).size).toBe(6);
    await t.pass();
    const list = (await listTokens(ann, { status: "active" })).items;
    for (const id of ids) expect(list.some((token) => token.id === id)).toBe(true);
  });

  test("a mint that takes longer than a browser waits is answered in time, and goes on", async () => {
    const ctx = await t.signedIn("ann");
    await t.portal.addFault({ endpoint: "mint", kind: "hang", count: 2, userName: "ann@demo.example" });
    const before = await posts();
    const first = codeOf(ask(ctx, "same-key-8"));
    // One of a person's mints at a time: the second waits for the first, which is to hang.
    while ((await posts()) === before) await wait(1);
    const startedAt = t.clock.now();
    const { operationId, items } = await t.finish(ask(ctx, "same-key-9"));
    expect(t.clock.now() - startedAt).toBeLessThanOrEqual(seconds(15));
    expect(items).toBeUndefined();
    expect(await getOperation(ctx, { id: operationId })).toMatchObject({
      state: "sending",
      done: 0,
      total: 1,
    });
    expect(await codeOf(ask(ctx, "same-key-9"))).toBe("request_in_flight");
    await t.finish(first);
    const known = async () => {
      while ((await getOperation(ctx, { id: operationId })).state === "sending") await wait(30);
    };
    await t.finish(known());
    expect(await ask(ctx, "same-key-9")).toEqual({ operationId });
  });

  test("with sealing only where needed a minted token has no copy here", async () => {
    const other = await startHeldDesk(engine, { env: { TOKENDESK_SEAL: "needed" } });
    const [token] = await mint(await other.signedIn("ann"), "Unsealed");
    expect(token).toMatchObject({ sealed: false });
    await other.stop();
  });
});
