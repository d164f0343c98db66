import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes } from "@/lib/server/clock";
import { connect } from "@/lib/server/services/connections/connect";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { retryOperation } from "@/lib/server/services/operations/retry";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { unsealToken } from "@/lib/server/services/tokens/unseal";
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

describe.each(engines)("revoking a selection on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const begin = async (user = "apiCrm", count = 3) => {
    await t.portal.clearFaults();
    await t.pass(minutes(1));
    const ctx = await t.signedIn(user);
    const ids = (await mint(ctx, "Batch", count)).map(({ id }) => id);
    await t.pass();
    await listTokens(ctx, {});
    await t.portal.clearCalls();
    return { ctx, ids };
  };
  const states = async (ctx: SessionContext, operationId: string) =>
    (await getOperation(ctx, { id: operationId })).items.map(({ state, error }) => error ?? state);

  test("is one operation that the worker drives, one entry for each token", async () => {
    const { ctx, ids } = await begin("apiCrm", 5);
    const before = (await trail(t)).length;
    const { operationId } = await revokeTokens(ctx, { ids, reason: "offboarding", note: "team gone" });
    expect(await getOperation(ctx, { id: operationId })).toMatchObject({
      kind: "revoke",
      state: "pending",
      done: 0,
      total: 5,
      items: ids.map((tokenId, i) => ({ tokenId, label: `Batch ${i + 1}`, state: "pending" })),
    });
    const during = await listTokens(ctx, { status: "revoking" });
    expect(during.items).toHaveLength(5);
    await t.work();
    expect(await getOperation(ctx, { id: operationId })).toMatchObject({ state: "done", done: 5, total: 5 });
    // One list proves them all.
    expect(await t.portal.calls({ endpoint: "list" })).toHaveLength(1);
    expect(await entriesSince(t, before)).toEqual([
      ...Array(5).fill("token.revoke intent"),
      ...Array(5).fill("token.revoke ok"),
    ]);
  });

  test("tells for each what came of it, and why not", async () => {
    const { ctx, ids } = await begin("apiCrm", 4);
    const [gone = "", revoked = "", refused = "", fine = ""] = ids;
    await revokeToken(ctx, { id: revoked, reason: "unused" });
    const known = await t.portal.user("api-crm@demo.example");
    const values = known.tokens.slice(-3);
    await t.portal.removeTokens([values[0] ?? ""]);
    await t.pass();
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 403 });
    const { operationId } = await revokeTokens(ctx, {
      ids: [gone, revoked, refused, fine],
      reason: "unused",
    });
    await t.work();
    expect(await states(ctx, operationId)).toEqual(["wrong_state", "wrong_state", "portal_refused", "done"]);
    expect(await getOperation(ctx, { id: operationId })).toMatchObject({
      state: "failed",
      done: 1,
      total: 4,
    });
    const list = (await listTokens(ctx, {})).items;
    expect(list.find(({ id }) => id === refused)).toMatchObject({ status: "active" });
  });

  test("what failed is taken up again, one by one; what still cannot be says why", async () => {
    const { ctx, ids } = await begin();
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 403, count: 3 });
    const { operationId } = await revokeTokens(ctx, { ids, reason: "unused" });
    await t.work();
    expect(await states(ctx, operationId)).toEqual(Array(3).fill("portal_refused"));
    await revokeToken(ctx, { id: ids[0] ?? "", reason: "mistake" });
    const before = (await trail(t)).length;
    const again = await retryOperation(ctx, { id: operationId });
    expect(again.items.map(({ state, error }) => error ?? state)).toEqual([
      "wrong_state",
      "pending",
      "pending",
    ]);
    expect((await trail(t)).slice(before)).toMatchObject([
      { action: "token.revoke", result: "intent", operationId, detail: { again: true } },
      { action: "token.revoke", result: "intent", operationId, detail: { again: true } },
    ]);
    await t.work();
    expect(await states(ctx, operationId)).toEqual(["wrong_state", "done", "done"]);
  });

  test("a retry hurries what waits", async () => {
    const { ctx, ids } = await begin();
    await t.portal.addFault({ endpoint: "revoke", kind: "false", count: null });
    const { operationId } = await revokeTokens(ctx, { ids, reason: "unused" });
    for (let i = 0; i < 6; i += 1) {
      await t.work();
      await t.pass(minutes(1));
    }
    await t.work();
    await t.portal.clearFaults();
    await t.work();
    expect((await getOperation(ctx, { id: operationId })).done).toBe(0);
    await retryOperation(ctx, { id: operationId });
    await t.work();
    expect((await getOperation(ctx, { id: operationId })).done).toBe(3);
  });

  test("while the portal is down all of it is taken, what is not sealed too, and done when it is back", async () => {
    const { ctx, ids } = await begin();
    await unsealToken(ctx, { id: ids[0] ?? "" });
    await t.pass();
    await t.portal.addFault({ endpoint: "any", kind: "status", status: 503, count: null });
    const { operationId } = await t.finish(revokeTokens(ctx, { ids, reason: "compromised" }));
    expect(await states(ctx, operationId)).toEqual(["pending", "pending", "pending"]);
    await t.work();
    await t.portal.clearFaults();
    await t.pass(minutes(1));
    await t.work();
    expect(await states(ctx, operationId)).toEqual(["done", "done", "done"]);
  });

  test("a lead revokes what is sealed of their people; for the rest the value is needed", async () => {
    const { ctx, ids } = await begin();
    await unsealToken(ctx, { id: ids[1] ?? "" });
    const lead = await t.signedIn("leadSales");
    const { operationId } = await revokeTokens(lead, { ids, reason: "compromised" });
    await t.work();
    expect(await states(lead, operationId)).toEqual(["done", "value_needed", "done"]);
    expect((await t.portal.calls({ endpoint: "revoke" })).map(({ userName }) => userName)).toEqual([
      "lena.lead@demo.example",
      "lena.lead@demo.example",
    ]);
    expect((await retryOperation(lead, { id: operationId })).items[1]).toMatchObject({
      error: "value_needed",
    });
  });

  test("a mixture of one's own and other people's is refused whole", async () => {
    const { ids } = await begin();
    const lead = await t.signedIn("leadSales");
    const own = only(await mint(lead, "Own"));
    expect(await codeOf(revokeTokens(lead, { ids: [...ids, own.id], reason: "unused" }))).toBe(
      "invalid_input",
    );
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);
  });

  test("one that is not theirs to see, and nothing of the selection is touched", async () => {
    const { ctx, ids } = await begin();
    const ann = await t.signedIn("ann");
    const hers = only(await mint(ann, "Hers"));
    const before = (await trail(t)).length;
    expect(await codeOf(revokeTokens(ann, { ids: [hers.id, ...ids], reason: "unused" }))).toBe("not_found");
    expect(await entriesSince(t, before)).toEqual([]);
    expect((await listTokens(ctx, { status: "revoking" })).items).toEqual([]);
  });

  test("wants every connection concerned proved lately", async () => {
    const { ctx, ids } = await begin();
    await t.pass(minutes(14));
    const { userName, password } = t.passwordOf("apiDialer");
    await connect(await t.again(ctx), { portal: "sim", username: userName, password });
    const both = await t.again(ctx);
    const theirs = (await listTokens(both, { connection: both.session.connections[1]?.id })).items.map(
      ({ id }) => id,
    );
    await t.pass(minutes(2));
    await expect(revokeTokens(both, { ids: [...theirs, ...ids], reason: "unused" })).rejects.toMatchObject({
      code: "step_up_required",
      facts: { connectionId: connectionOf(ctx).id },
    });
    expect(await codeOf(revokeTokens(both, { ids: theirs, reason: "unused" }))).toBe("ok");
  });

  test("what cannot be audited does not happen", async () => {
    const { ctx, ids } = await begin();
    await t.portal.clearCalls();
    const mend = await breakAudit(t);
    expect(await codeOf(revokeTokens(ctx, { ids, reason: "unused" }))).toBe("audit_unavailable");
    await mend();
    await t.work();
    expect(await t.portal.calls({ endpoint: "revoke", userName: "api-crm@demo.example" })).toEqual([]);
  });

  test.each(["owner", "lead"])("a damaged item does not hold up the others (the %s's)", async (role) => {
    const begun = await begin();
    const { ids } = begun;
    const ctx = role === "owner" ? begun.ctx : await t.signedIn("leadSales");
    const { operationId } = await revokeTokens(ctx, { ids, reason: "unused" });
    const broken = { sealed_value: "v1.damaged.a.b.c" };
    await t.desk.db
      .updateTable("operation_items")
      .set(broken)
      .where("operation_id", "=", operationId)
      .where("position", "=", 1)
      .execute();
    await t.desk.db
      .updateTable("tokens")
      .set(broken)
      .where("id", "=", ids[1] ?? "")
      .execute();
    await t.work();
    // An owner's is listed by the portal.
    const damaged = role === "owner" ? "done" : "value_needed";
    expect(await states(ctx, operationId)).toEqual(["done", damaged, "done"]);
  });
});
