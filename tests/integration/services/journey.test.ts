import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fingerprint } from "@/lib/server/crypto";
import { listAudit } from "@/lib/server/services/audit/list";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { connect } from "@/lib/server/services/connections/connect";
import { checkToken } from "@/lib/server/services/tokens/check";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { identifyToken } from "@/lib/server/services/tokens/identify";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { engines, startTestDesk, type TestDesk } from "../../support/desk";

describe.each(engines)("the main job on %s", (engine) => {
  let t: TestDesk;
  beforeAll(async () => {
    t = await startTestDesk(engine);
  });
  afterAll(() => t?.stop());

  test("sign in, see, mint, label, copy, check, revoke", async () => {
    const ctx = await t.signedIn("apiCrm");
    const [connection] = ctx.session.connections;
    if (!connection) throw new Error("no connection");
    const before = await listTokens(ctx, {});
    expect(before.items).toHaveLength(4);
    expect(before.items.every(({ status }) => status === "unclaimed")).toBe(true);

    const minted = await mintTokens(ctx, {
      input: { connectionId: connection.id, label: "CRM sync", count: 2, tags: ["crm"] },
      idempotencyKey: "mint-key-1",
    });
    expect(minted.items?.map(({ label }) => label)).toEqual(["CRM sync 1", "CRM sync 2"]);
    const [first] = minted.items ?? [];
    if (!first) throw new Error("nothing minted");
    expect(first).toMatchObject({
      status: "active",
      sealed: true,
      tags: ["crm"],
      connectionId: connection.id,
    });

    const renamed = await patchToken(ctx, {
      id: first.id,
      patch: { label: "CRM production", environment: "prod" },
    });
    expect(renamed).toMatchObject({ label: "CRM production", environment: "prod" });

    const copied = await copyToken(ctx, { id: first.id, as: "header" });
    expect(copied.text).toBe(`X-Auth-Token: ${copied.token}`);
    const state = await t.portal.user("api-crm@demo.example");
    expect(state.tokens).toContain(copied.token);
    expect(fingerprint(t.desk.keys, "sim", copied.token)).toBe(first.id);
    expect((await identifyToken(ctx, { token: ` ${copied.token}\n` })).items).toMatchObject([
      { id: first.id },
    ]);

    expect((await checkToken(ctx, { id: first.id })).result).toBe("limited");

    const revoked = await revokeToken(ctx, { id: first.id, reason: "rotated" });
    expect(revoked.state).toBe("revoked");
    expect(Object.keys(revoked.receipt).sort()).toEqual(["acceptedAt", "deadAt", "unlistedAt"]);
    expect((await t.portal.user("api-crm@demo.example")).tokens).not.toContain(copied.token);

    const after = await listTokens(ctx, { status: "all" });
    expect(after.items.find(({ id }) => id === first.id)).toMatchObject({
      status: "revoked",
      sealed: false,
      revoked: { reason: "rotated", by: "api-crm@demo.example" },
    });
    expect(await verifyAudit(ctx)).toMatchObject({ ok: true });
    const trail = await listAudit(ctx, { token: first.id });
    expect(trail.items.map(({ action, result }) => `${action} ${result}`)).toEqual([
      "token.revoke ok",
      "token.revoke intent",
      "token.check ok",
      "token.copy ok",
      "token.copy intent",
      "token.label ok",
      "token.mint ok",
    ]);
  });

  test("a lead sees and revokes their people's tokens, and reads none", async () => {
    const lead = await t.signedIn("leadSales");
    const list = await listTokens(lead, {});
    const theirs = list.items.find(({ label }) => label === "CRM sync 2");
    expect(theirs).toMatchObject({ owner: { userName: "api-crm@demo.example" } });
    expect(theirs?.connectionId).toBeUndefined();
    await expect(copyToken(lead, { id: theirs?.id ?? "", as: "raw" })).rejects.toMatchObject({
      code: "forbidden",
    });
    const revoked = await revokeToken(lead, { id: theirs?.id ?? "", reason: "compromised" });
    expect(revoked.state).toBe("revoked");
    const unsealed = list.items.find(({ sealed, connectionId }) => !sealed && !connectionId);
    await expect(revokeToken(lead, { id: unsealed?.id ?? "", reason: "unused" })).rejects.toMatchObject({
      code: "value_needed",
    });
  });

  test("names survive a restart and another sign-in; a second connection shows both", async () => {
    const ctx = await t.signedIn("apiCrm");
    const [token] = (await listTokens(ctx, {})).items;
    await patchToken(ctx, { id: token?.id ?? "", patch: { label: "claimed" } });
    await t.restart();
    const ann = await t.signedIn("ann");
    const { userName, password } = t.passwordOf("apiCrm");
    await connect(ann, { portal: "sim", username: userName, password });
    const both = await listTokens(await t.again(ann), {});
    expect(new Set(both.items.map(({ owner }) => owner.userName))).toEqual(
      new Set(["ann@demo.example", "api-crm@demo.example"]),
    );
    expect(both.items.find(({ id }) => id === token?.id)?.label).toBe("claimed");
  });
});
