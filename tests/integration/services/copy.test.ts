import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes } from "@/lib/server/clock";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { unsealToken } from "@/lib/server/services/tokens/unseal";
import { engines } from "../../support/desk";
import {
  breakAudit,
  codeOf,
  entriesSince,
  type HeldDesk,
  mint,
  only,
  startHeldDesk,
  trail,
} from "../../support/held-desk";

/** The one door through which a value leaves: who may, and only once it is on record (ASVS 14.2.6, 16.3.2). */
describe.each(engines)("copying on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const minted = async () => {
    const ctx = await t.signedIn("apiCrm");
    const known = (await t.portal.user("api-crm@demo.example")).tokens;
    const { id } = only(await mint(ctx, "To be copied"));
    const { tokens } = await t.portal.user("api-crm@demo.example");
    const value = only(tokens.filter((token) => !known.includes(token)));
    return { ctx, id, value };
  };

  test("gives the value as it is, as a header, as a line of .env and as a first call", async () => {
    const { ctx, id, value } = await minted();
    const text = async (as: "raw" | "header" | "env" | "curl") => (await copyToken(ctx, { id, as })).text;
    expect(await text("raw")).toBe(value);
    expect(await text("header")).toBe(`X-Auth-Token: ${value}`);
    expect(await text("env")).toBe(`RINGCX_API_TOKEN=${value}`);
    expect(await text("curl")).toBe(`curl -H 'X-Auth-Token: ${value}' ${t.simulator.baseUrl}/v1/admin/users`);
    expect((await copyToken(ctx, { id, as: "env" })).token).toBe(value);
  });

  test("an unclaimed token is copied too: the portal lists it", async () => {
    const ctx = await t.signedIn("apiDialer");
    const { tokens } = t.simulator.seed.user("apiDialer");
    const values: string[] = [];
    for (const { id } of (await listTokens(ctx, {})).items)
      values.push((await copyToken(ctx, { id, as: "raw" })).token);
    expect(values.sort()).toEqual([...tokens].sort());
  });

  test("is in the trail before it is answered, asked and done, without the value", async () => {
    const { ctx, id, value } = await minted();
    const before = (await trail(t)).length;
    await copyToken(ctx, { id, as: "curl" });
    expect(await entriesSince(t, before)).toEqual(["token.copy intent", "token.copy ok"]);
    const entries = (await trail(t)).slice(before);
    expect(entries).toMatchObject([
      {
        target: { tokenId: id, label: "To be copied" },
        detail: { as: "curl" },
        operationId: expect.any(String),
      },
      { operationId: entries[0]?.operationId },
    ]);
    expect(JSON.stringify(entries)).not.toContain(value);
  });

  test.each(["intent", "ok"] as const)("reveals nothing when the trail refuses the %s", async (result) => {
    // Whoever fills the disk must not get tokens out unseen.
    const { ctx, id } = await minted();
    await t.pass();
    await t.portal.clearCalls();
    const mend = await breakAudit(t, result);
    expect(await codeOf(copyToken(ctx, { id, as: "raw" }))).toBe("audit_unavailable");
    if (result === "intent") expect(await t.portal.calls()).toEqual([]);
    await mend();
  });

  test("a lead never reads a value; others find nothing", async () => {
    const { id } = await minted();
    const before = (await trail(t)).length;
    expect(await codeOf(copyToken(await t.signedIn("leadSales"), { id, as: "raw" }))).toBe("forbidden");
    expect(await codeOf(copyToken(await t.signedIn("super"), { id, as: "raw" }))).toBe("forbidden");
    expect(await codeOf(copyToken(await t.signedIn("leadSupport"), { id, as: "raw" }))).toBe("not_found");
    expect(await codeOf(copyToken(await t.signedIn("ann"), { id, as: "raw" }))).toBe("not_found");
    // Whose token it is learns that a lead tried.
    const asked = (await trail(t)).slice(before).filter(({ action }) => action === "token.copy");
    expect(asked.map(({ result, actor, detail }) => [result, actor.userName, actor.role, detail])).toEqual([
      ["refused", "lena.lead@demo.example", "lead", { code: "forbidden" }],
      ["refused", t.passwordOf("super").userName, "lead", { code: "forbidden" }],
    ]);
  });

  test("what is revoked has no value any more", async () => {
    const { ctx, id } = await minted();
    await revokeToken(ctx, { id, reason: "unused" });
    expect(await codeOf(copyToken(ctx, { id, as: "raw" }))).toBe("value_erased");
  });

  test("what vanished behind our back is found gone, and that is on record", async () => {
    const { ctx, id, value } = await minted();
    await t.pass();
    await listTokens(ctx, {});
    await t.pass();
    await t.portal.removeTokens([value]);
    const before = (await trail(t)).length;
    expect(await codeOf(copyToken(ctx, { id, as: "raw" }))).toBe("wrong_state");
    expect(await entriesSince(t, before)).toEqual(["token.copy intent", "token.copy failed"]);
  });

  test("while the portal is down the sealed copy serves; without one its trouble is told", async () => {
    const { ctx, id, value } = await minted();
    const other = await minted();
    await unsealToken(other.ctx, other);
    await t.pass();
    await t.portal.addFault({ endpoint: "list", kind: "status", status: 503, count: null });
    expect((await t.finish(copyToken(ctx, { id, as: "raw" }))).token).toBe(value);
    expect(await t.finish(codeOf(copyToken(other.ctx, { id: other.id, as: "raw" })))).toBe(
      "portal_unavailable",
    );
    await t.portal.clearFaults();
    await t.pass(minutes(1));
  });

  test("the portal's no is not got around by the sealed copy", async () => {
    // Whoever was disabled at the portal must not take their tokens along on the way out.
    const { ctx, id } = await minted();
    await t.pass();
    await t.portal.addFault({ endpoint: "list", kind: "status", status: 403 });
    expect(await codeOf(copyToken(ctx, { id, as: "raw" }))).toBe("portal_refused");
    await t.portal.changeUser("api-crm@demo.example", { enabled: false });
    await t.pass();
    expect(await codeOf(copyToken(ctx, { id, as: "raw" }))).toBe("connection_ended");
    await t.portal.changeUser("api-crm@demo.example", { enabled: true });
  });
});
