import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { checkReady } from "@/lib/server/services/health/ready";
import { checkToken } from "@/lib/server/services/tokens/check";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { engines } from "../../support/desk";
import { codeOf, type HeldDesk, mint, startHeldDesk } from "../../support/held-desk";

describe.each(engines)("many at once on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  test("whatever people do to one API user's tokens at the same time, nobody waits in a circle", async () => {
    const owners = await Promise.all([1, 2, 3].map(() => t.signedIn("apiCrm")));
    const [first] = owners;
    if (!first) throw new Error("nobody signed in");
    const lead = await t.signedIn("leadSales");
    const tokens = await mint(first, "Busy", 6);
    await t.pass();
    await t.portal.addTokens("api-crm@demo.example", { prefixed: 5 });
    const all = owners.flatMap((ctx, i) => [
      listTokens(ctx, {}),
      ...tokens.map(({ id }) => patchToken(ctx, { id, patch: { notes: `from ${i}` } })),
      ...tokens.map(({ id }) => checkToken(ctx, { id })),
      copyToken(ctx, { id: tokens[i]?.id ?? "", as: "raw" }),
      mint(ctx, `More ${i}`),
    ]);
    const revocations = tokens
      .slice(4)
      .flatMap(({ id }) => [
        revokeToken(first, { id, reason: "unused" }),
        revokeToken(lead, { id, reason: "compromised" }),
      ]);
    const codes = new Set(await Promise.all([...all, ...revocations, listTokens(lead, {})].map(codeOf)));
    // What was revoked meanwhile cannot be labelled or checked any more; nothing else goes wrong.
    for (const code of ["ok", "wrong_state", "value_erased"]) codes.delete(code);
    expect([...codes]).toEqual([]);
    expect(await verifyAudit(first)).toMatchObject({ ok: true });
  });
});

describe.each(engines)("being ready on %s", (engine) => {
  test("means that the store takes a write and the trail has its head; no portal is asked", async () => {
    const t = await startHeldDesk(engine);
    expect(await checkReady(t.desk)).toEqual({ ok: true, failing: [] });
    await t.desk.db.deleteFrom("audit_head").execute();
    expect(await checkReady(t.desk)).toEqual({ ok: false, failing: ["audit"] });
    await t.desk.db.schema.dropTable("meta").execute();
    expect(await checkReady(t.desk)).toEqual({ ok: false, failing: ["store", "audit"] });
    expect(await t.portal.calls()).toEqual([]);
    await t.stop();
  });
});
