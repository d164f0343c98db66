import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes } from "@/lib/server/clock";
import { fingerprint } from "@/lib/server/crypto";
import type { SessionContext } from "@/lib/server/services/context";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { tokenById } from "@/lib/server/store/tokens";
import { engines } from "../../support/desk";
import { codeOf, connectionOf, type HeldDesk, mint, startHeldDesk, trail } from "../../support/held-desk";

describe.each(engines)("records and the portal's list on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const tokenValue = async (user: string, id: string) => {
    const { tokens } = await t.portal.user(user);
    return tokens.find((value) => fingerprint(t.desk.keys, "sim", value) === id) ?? "";
  };
  const look = async (ctx: SessionContext, id: string) => {
    await t.pass();
    return (await listTokens(ctx, { status: "all" })).items.find((token) => token.id === id);
  };

  test("what the desk did not mint is unclaimed, and claimed by naming it; one entry tells how many", async () => {
    const before = (await trail(t)).length;
    const ctx = await t.signedIn("apiCrm");
    const [token] = (await listTokens(ctx, {})).items;
    expect(token).toMatchObject({ status: "unclaimed", label: null });
    const synced = (await trail(t)).slice(before).filter(({ action }) => action === "owner.synced");
    expect(synced).toMatchObject([{ detail: { new: 4, disappeared: 0, returned: 0 } }]);
    await patchToken(ctx, { id: token?.id ?? "", patch: { label: "Found it" } });
    expect(await look(ctx, token?.id ?? "")).toMatchObject({ status: "active", label: "Found it" });
  });

  test("a token in a name, a tag or a note is refused, and nothing is written", async () => {
    // What people write is stored, listed to leads, exported and audited as it is: a stolen store would hold a value.
    const ctx = await t.signedIn("apiDialer");
    const [token] = (await listTokens(ctx, {})).items;
    const id = token?.id ?? "";
    const values = t.simulator.seed.user("apiDialer").tokens;
    const prefixed = values.find((value) => value.startsWith("aws80:")) ?? "";
    const bare = values.find((value) => /^[0-9a-f]{8}-/.test(value)) ?? "";
    const strangers = `aws80:${randomUUID()}`;
    const before = (await trail(t)).length;
    for (const patch of [
      { label: prefixed },
      { label: `key ${bare}` },
      { notes: `curl -H "X-Auth-Token: ${strangers}"` },
      { tags: ["crm", bare] },
      { purpose: prefixed.replace("aws80:", "other:") },
      { integrationId: bare },
    ])
      expect(await codeOf(patchToken(ctx, { id, patch }))).toBe("token_in_text");
    expect(await codeOf(mint(ctx, prefixed))).toBe("token_in_text");
    expect(await codeOf(revokeToken(ctx, { id, reason: "other", note: bare }))).toBe("token_in_text");
    expect(await trail(t)).toHaveLength(before);
    expect((await t.portal.user("api-dialer@demo.example")).tokens).toEqual(values);
    // An id of somebody's own systems may look the same.
    const integrationId = randomUUID();
    expect(await patchToken(ctx, { id, patch: { integrationId } })).toMatchObject({ integrationId });
  });

  test("looking again at the same list writes nothing", async () => {
    const ctx = await t.signedIn("apiCrm");
    await listTokens(ctx, {});
    const before = (await trail(t)).length;
    await t.pass();
    await listTokens(ctx, {});
    expect(await trail(t)).toHaveLength(before);
  });

  test("what vanishes has disappeared, its sealed copy is erased; what comes back is what it was", async () => {
    const ctx = await t.signedIn("ann");
    const [token] = await mint(ctx, "Here and gone");
    const id = token?.id ?? "";
    expect(await look(ctx, id)).toMatchObject({ status: "active", sealed: true });
    const value = await tokenValue("ann@demo.example", id);
    await t.portal.removeTokens([value]);
    expect(await look(ctx, id)).toMatchObject({
      status: "disappeared",
      sealed: false,
      label: "Here and gone",
    });
    expect(await codeOf(copyToken(ctx, { id, as: "raw" }))).toBe("value_erased");
    expect(await codeOf(revokeToken(ctx, { id, reason: "unused" }))).toBe("wrong_state");
    await t.portal.addTokens("ann@demo.example", { values: [value] });
    expect(await look(ctx, id)).toMatchObject({ status: "active", sealed: false, label: "Here and gone" });
    const counts = (await trail(t)).filter(({ action }) => action === "owner.synced").slice(-2);
    expect(counts.map(({ detail }) => detail)).toEqual([
      { new: 0, disappeared: 1, returned: 0 },
      { new: 0, disappeared: 0, returned: 1 },
    ]);
  });

  test("an unclaimed token that comes back is unclaimed again", async () => {
    const ctx = await t.signedIn("apiDialer");
    const [token] = (await listTokens(ctx, {})).items;
    const id = token?.id ?? "";
    const value = await tokenValue("api-dialer@demo.example", id);
    await t.portal.removeTokens([value]);
    expect(await look(ctx, id)).toMatchObject({ status: "disappeared" });
    await t.portal.addTokens("api-dialer@demo.example", { values: [value] });
    expect(await look(ctx, id)).toMatchObject({ status: "unclaimed" });
  });

  test("a minted token that the list does not show yet has not disappeared, and can be copied", async () => {
    const ctx = await t.signedIn("ann");
    await t.portal.addFault({ endpoint: "mint", kind: "late", afterLists: 3 });
    const [token] = await mint(ctx, "Slow to show");
    const id = token?.id ?? "";
    expect(await look(ctx, id)).toMatchObject({ status: "active" });
    expect((await copyToken(ctx, { id, as: "raw" })).token).not.toBe("");
    for (let i = 0; i < 3; i += 1) expect(await look(ctx, id)).toMatchObject({ status: "active" });
    const value = await tokenValue("ann@demo.example", id);
    await t.portal.removeTokens([value]);
    expect(await look(ctx, id)).toMatchObject({ status: "disappeared" });
  });

  test("a list that began before a change says nothing about it", async () => {
    const ctx = await t.signedIn("apiReports");
    await listTokens(ctx, {});
    await t.pass();
    // The list is under way, without the token, while the token is minted.
    await t.portal.addFault({ endpoint: "list", kind: "latency", ms: 200, when: "after" });
    const old = listTokens(ctx, {});
    await t.portal.waitForCalls({ endpoint: "list", finished: false }, 1);
    await t.pass(1);
    const [token] = await mint(ctx, "Newer than the list");
    await t.pass(1);
    expect((await listTokens(ctx, {})).items.map(({ id }) => id)).toContain(token?.id);
    await old;
    expect(await tokenById(t.desk.db, token?.id ?? "")).toMatchObject({ status: "active" });
  });

  test("a list that shows a revoked token a little longer is no news; one that still does after minutes is", async () => {
    const ctx = await t.signedIn("apiCrm");
    const [token] = await mint(ctx, "Undead");
    const id = token?.id ?? "";
    const value = await tokenValue("api-crm@demo.example", id);
    await revokeToken(ctx, { id, reason: "rotated" });
    await t.portal.addTokens("api-crm@demo.example", { values: [value] });
    expect(await look(ctx, id)).toMatchObject({ status: "revoked" });
    await t.pass(minutes(2));
    expect(await look(ctx, id)).toMatchObject({ status: "active", label: "Undead" });
    expect((await look(ctx, id))?.revoked).toBeUndefined();
    expect(await codeOf(revokeToken(ctx, { id, reason: "rotated" }))).toBe("ok");
  });

  test("a clock that is set back hides no new token", async () => {
    const ctx = await t.signedIn("leadSupport");
    await listTokens(ctx, {});
    t.clock.setWall(t.clock.now() - minutes(5));
    await t.portal.addTokens("omar.lead@demo.example", { prefixed: 1 });
    await t.pass();
    const { items } = await listTokens(ctx, { connection: connectionOf(ctx).id });
    expect(items).toHaveLength(2);
    t.clock.setWall(t.clock.now() + minutes(5));
  });

  test("names survive a restart and another sign-in, and are found again by fingerprint", async () => {
    const ctx = await t.signedIn("apiCrm");
    const [token] = await mint(ctx, "Named for good");
    await patchToken(ctx, { id: token?.id ?? "", patch: { tags: ["kept"], notes: "in two\nlines" } });
    await t.restart();
    const other = await t.signedIn("apiCrm");
    expect(await look(other, token?.id ?? "")).toMatchObject({
      label: "Named for good",
      tags: ["kept"],
      notes: "in two\nlines",
      createdBy: "api-crm@demo.example",
    });
  });
});
