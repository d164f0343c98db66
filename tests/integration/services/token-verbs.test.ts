import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { days, minutes } from "@/lib/server/clock";
import { checkToken } from "@/lib/server/services/tokens/check";
import { identifyToken } from "@/lib/server/services/tokens/identify";
import { listTokens } from "@/lib/server/services/tokens/list";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { unsealToken } from "@/lib/server/services/tokens/unseal";
import { tokenById } from "@/lib/server/store/tokens";
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

describe.each(engines)("labelling, checking and telling tokens on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const minted = async (user = "apiCrm", label = "Minted") => {
    const ctx = await t.signedIn(user);
    const { id } = only(await mint(ctx, label));
    return { ctx, id };
  };

  test("everything that people know about a token can be changed, and set back to nothing", async () => {
    const { ctx, id } = await minted();
    const expiresAt = new Date(t.clock.now() + days(90)).toISOString();
    const patch = {
      label: "CRM sync",
      purpose: "Syncs contacts",
      environment: "prod",
      tags: ["crm", "nightly"],
      notes: "Owner: team A\nSee runbook",
      integrationId: "int-7",
      expiresAt,
      protected: true,
    };
    expect(await patchToken(ctx, { id, patch })).toMatchObject({
      ...patch,
      expiry: "advisory",
      status: "active",
    });
    const empty = {
      purpose: null,
      environment: "",
      tags: [],
      notes: null,
      integrationId: null,
      expiresAt: null,
    };
    const cleared = await patchToken(ctx, { id, patch: { ...empty, protected: false } });
    expect(cleared).toMatchObject({
      label: "CRM sync",
      tags: [],
      purpose: null,
      environment: null,
      notes: null,
    });
    expect(cleared).toMatchObject({ integrationId: null, protected: false });
    expect(cleared.expiresAt).toBeUndefined();
    expect(cleared.expiry).toBeUndefined();
  });

  test("the trail has what was changed, the new name, and the old one where the name changed", async () => {
    const { ctx, id } = await minted("apiCrm", "Before");
    const before = (await trail(t)).length;
    await patchToken(ctx, { id, patch: { label: "After", notes: "secret plans" } });
    const entry = only((await trail(t)).slice(before));
    expect(entry).toMatchObject({
      action: "token.label",
      target: { tokenId: id, label: "After" },
      detail: { changed: "label notes", was: "Before" },
    });
    expect(JSON.stringify(entry)).not.toContain("secret plans");
  });

  test("enforced expiry is not there yet, and a revoked token's record is final", async () => {
    const { ctx, id } = await minted();
    expect(await codeOf(patchToken(ctx, { id, patch: { expiry: "enforced" } }))).toBe("not_available");
    await revokeToken(ctx, { id, reason: "unused" });
    expect(await codeOf(patchToken(ctx, { id, patch: { label: "Rewritten" } }))).toBe("wrong_state");
  });

  test("what is being revoked stays so when it is named", async () => {
    const ctx = await t.signedIn("apiDialer");
    const [token] = (await listTokens(ctx, {})).items;
    const id = token?.id ?? "";
    await t.portal.addFault({ endpoint: "revoke", kind: "false", count: null });
    expect((await t.finish(revokeToken(ctx, { id, reason: "unused" }))).state).toBe("revoking");
    expect(await patchToken(ctx, { id, patch: { label: "Named late" } })).toMatchObject({
      status: "revoking",
    });
    await t.portal.clearFaults();
  });

  test("nobody but the owner labels, checks or unseals: a lead may see, others find nothing", async () => {
    const { id } = await minted();
    const lead = await t.signedIn("leadSales");
    const otherLead = await t.signedIn("leadSupport");
    const other = await t.signedIn("ann");
    for (const [ctx, code] of [
      [lead, "forbidden"],
      [otherLead, "not_found"],
      [other, "not_found"],
    ] as const) {
      const before = (await trail(t)).length;
      expect(await codeOf(patchToken(ctx, { id, patch: { label: "Mine now" } }))).toBe(code);
      expect(await codeOf(checkToken(ctx, { id }))).toBe(code);
      expect(await codeOf(unsealToken(ctx, { id }))).toBe(code);
      const refused = ["token.label refused", "token.check refused", "token.unseal refused"];
      expect(await entriesSince(t, before)).toEqual(code === "forbidden" ? refused : []);
    }
  });

  test("what cannot be audited is not changed", async () => {
    const { ctx, id } = await minted();
    const mend = await breakAudit(t);
    expect(await codeOf(patchToken(ctx, { id, patch: { label: "Unseen" } }))).toBe("audit_unavailable");
    expect(await codeOf(unsealToken(ctx, { id }))).toBe("audit_unavailable");
    await mend();
    expect(await tokenById(t.desk.db, id)).toMatchObject({
      label: "Minted",
      sealed_value: expect.any(String),
    });
  });

  test("a check tells live, limited, dead and unknown, with the time of the try alone", async () => {
    const { ctx, id } = await minted();
    const before = (await trail(t)).length;
    expect(await checkToken(ctx, { id })).toMatchObject({ result: "limited" });
    const lead = await minted("leadSales");
    expect(await checkToken(lead.ctx, lead)).toMatchObject({ result: "live" });
    await t.portal.addFault({ endpoint: "users", kind: "status", status: 401 });
    expect(await checkToken(ctx, { id })).toMatchObject({ result: "dead" });
    await t.portal.addFault({ endpoint: "users", kind: "status", status: 503, count: 3 });
    expect(await t.finish(checkToken(ctx, { id }))).toMatchObject({ result: "unknown" });
    const entries = (await trail(t)).slice(before).filter(({ action }) => action === "token.check");
    expect(entries.map(({ detail }) => detail?.result)).toEqual(["limited", "live", "dead", "unknown"]);
    const shown = (await listTokens(ctx, {})).items.find((token) => token.id === id);
    expect(shown?.lastCheck).toMatchObject({ result: "unknown" });
  });

  test("a dead token ends nobody's connection: it is not the credential of anybody here", async () => {
    const { ctx, id } = await minted();
    await t.portal.addFault({ endpoint: "users", kind: "status", status: 401 });
    await checkToken(ctx, { id });
    expect(connectionOf(await t.again(ctx)).state).toBe("live");
  });

  test("what is gone cannot be checked", async () => {
    const { ctx, id } = await minted();
    await revokeToken(ctx, { id, reason: "unused" });
    expect(await codeOf(checkToken(ctx, { id }))).toBe("value_erased");
  });

  test("its owner may have the sealed copy erased", async () => {
    const { ctx, id } = await minted();
    const before = (await trail(t)).length;
    expect(await unsealToken(ctx, { id })).toMatchObject({ sealed: false });
    expect(await entriesSince(t, before)).toEqual(["token.unseal ok"]);
    expect((await tokenById(t.desk.db, id))?.sealed_value).toBeNull();
    await t.portal.addFault({ endpoint: "revoke", kind: "false", count: null });
    await t.finish(revokeToken(ctx, { id, reason: "unused" }));
    expect(await codeOf(unsealToken(ctx, { id }))).toBe("wrong_state");
    await t.portal.clearFaults();
  });

  test("a pasted token is told to those who may see it, and neither sent nor kept", async () => {
    const [value = ""] = t.simulator.seed.user("apiCrm").tokens;
    const crm = await t.signedIn("apiCrm");
    await listTokens(crm, {});
    await t.portal.clearCalls();
    const mine = only((await identifyToken(crm, { token: ` ${value}\n` })).items);
    expect(mine.connectionId).toBe(connectionOf(crm).id);
    const lead = await t.signedIn("leadSales");
    expect((await identifyToken(lead, { token: value })).items).toMatchObject([{ id: mine.id }]);
    const ann = await t.signedIn("ann");
    expect((await identifyToken(ann, { token: value })).items).toEqual([]);
    expect((await identifyToken(crm, { token: randomUUID() })).items).toEqual([]);
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);
    expect(JSON.stringify(await t.portal.calls())).not.toContain(value);
  });

  test("a lead of yesterday sees no pasted token today", async () => {
    const lead = await t.signedIn("leadSales");
    const [value = ""] = t.simulator.seed.user("apiCrm").tokens;
    expect((await identifyToken(lead, { token: value })).items).toHaveLength(1);
    await t.portal.changeUser("api-crm@demo.example", { parent: "omar.lead@demo.example" });
    await t.pass(minutes(1));
    expect((await identifyToken(lead, { token: value })).items).toEqual([]);
    await t.portal.changeUser("api-crm@demo.example", { parent: "lena.lead@demo.example" });
  });
});
