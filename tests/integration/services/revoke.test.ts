import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fingerprint } from "@/lib/server/crypto";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { unsealToken } from "@/lib/server/services/tokens/unseal";
import { tokenById } from "@/lib/server/store/tokens";
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

describe.each(engines)("revoking on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const minted = async (user = "apiCrm") => {
    const ctx = await t.signedIn(user);
    const { id } = only(await mint(ctx, "Short-lived"));
    const { tokens } = await t.portal.user(t.passwordOf(user).userName);
    const value = only(tokens.filter((token) => fingerprint(t.desk.keys, "sim", token) === id));
    return { ctx, id, value };
  };
  const shown = async (ctx: SessionContext, id: string) =>
    (await listTokens(ctx, { status: "all" })).items.find((token) => token.id === id);
  const exists = async (value: string) =>
    (await t.portal.state()).users.some(({ tokens }) => tokens.includes(value));
  /** Everything sealed that the store still has of a token. */
  const sealedOf = async (id: string) => {
    const items = await t.desk.db
      .selectFrom("operation_items")
      .select("sealed_value")
      .where("token_id", "=", id)
      .execute();
    const copies = [...items, await tokenById(t.desk.db, id)].map((row) => row?.sealed_value);
    return copies.filter((copy) => copy !== null);
  };

  test("its owner's token: deleted, proved both ways, and nothing sealed is left of it", async () => {
    const { ctx, id, value } = await minted();
    const before = (await trail(t)).length;
    const answer = await revokeToken(ctx, { id, reason: "rotated", note: "new one since Monday" });
    expect(answer).toMatchObject({ state: "revoked" });
    expect(Object.keys(answer.receipt).sort()).toEqual(["acceptedAt", "deadAt", "unlistedAt"]);
    expect(await exists(value)).toBe(false);
    expect(await sealedOf(id)).toEqual([]);
    await t.pass();
    expect(await shown(ctx, id)).toMatchObject({
      status: "revoked",
      sealed: false,
      revoked: { by: "api-crm@demo.example", reason: "rotated", receipt: answer.receipt },
    });
    expect(await entriesSince(t, before)).toEqual(["token.revoke intent", "token.revoke ok"]);
    const [intent, done] = (await trail(t)).slice(before);
    expect(intent?.detail).toEqual({ reason: "rotated", note: "new one since Monday" });
    expect(done).toMatchObject({
      operationId: intent?.operationId,
      target: { tokenId: id, label: "Short-lived" },
    });
    expect(JSON.stringify([intent, done])).not.toContain(value);
    expect(await getOperation(ctx, { id: answer.operationId })).toMatchObject({
      state: "done",
      done: 1,
      total: 1,
    });
  });

  test("an unclaimed token is revoked by the value that the portal lists", async () => {
    const ctx = await t.signedIn("apiDialer");
    const [token] = (await listTokens(ctx, {})).items;
    expect(await revokeToken(ctx, { id: token?.id ?? "", reason: "unused" })).toMatchObject({
      state: "revoked",
    });
  });

  test("asked again, it tells how it stands, and does nothing twice", async () => {
    const { ctx, id } = await minted();
    const first = await revokeToken(ctx, { id, reason: "mistake" });
    await t.portal.clearCalls();
    const before = (await trail(t)).length;
    expect(await revokeToken(ctx, { id, reason: "compromised" })).toEqual(first);
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);
    expect(await entriesSince(t, before)).toEqual([]);
    expect((await shown(ctx, id))?.revoked?.reason).toBe("mistake");
  });

  test("asked for five times at once, it is one revocation", async () => {
    const { ctx, id } = await minted();
    const before = (await trail(t)).length;
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => revokeToken(ctx, { id, reason: "other" })),
    );
    expect(new Set(answers.map(({ operationId }) => operationId)).size).toBe(1);
    expect(await entriesSince(t, before)).toEqual(["token.revoke intent", "token.revoke ok"]);
  });

  test("a lead revokes a token whose copy is sealed, in their own name and role", async () => {
    const { id, value } = await minted();
    const lead = await t.signedIn("leadSales");
    const before = (await trail(t)).length;
    expect(await revokeToken(lead, { id, reason: "compromised" })).toMatchObject({ state: "revoked" });
    expect(await exists(value)).toBe(false);
    expect((await trail(t)).slice(before).filter(({ action }) => action === "token.revoke")).toMatchObject([
      { result: "intent", actor: { userName: "lena.lead@demo.example", role: "lead" } },
      { result: "ok", actor: { userName: "lena.lead@demo.example", role: "lead" } },
    ]);
    expect(await sealedOf(id)).toEqual([]);
  });

  test("a lead's revocation is sent with the lead's credential, never with the owner's", async () => {
    const { id } = await minted();
    const lead = await t.signedIn("leadSales");
    await t.portal.clearCalls();
    await revokeToken(lead, { id, reason: "compromised" });
    expect((await t.portal.calls({ endpoint: "revoke" })).map(({ userName }) => userName)).toEqual([
      "lena.lead@demo.example",
    ]);
  });

  test("without a sealed copy a lead is asked for the value", async () => {
    const { ctx, id, value } = await minted();
    await unsealToken(ctx, { id });
    const lead = await t.signedIn("leadSales");
    const before = (await trail(t)).length;
    expect(await codeOf(revokeToken(lead, { id, reason: "compromised" }))).toBe("value_needed");
    expect(await entriesSince(t, before)).toEqual([]);
    expect(await exists(value)).toBe(true);
  });

  test("nobody else finds it", async () => {
    const { id, value } = await minted();
    for (const user of ["ann", "leadSupport"])
      expect(await codeOf(revokeToken(await t.signedIn(user), { id, reason: "other" }))).toBe("not_found");
    expect(await exists(value)).toBe(true);
  });

  test("the portal's no is final: the token is what it was, and nothing sealed is left of the try", async () => {
    const { ctx, id, value } = await minted();
    const before = (await trail(t)).length;
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 403 });
    expect(await codeOf(revokeToken(ctx, { id, reason: "unused" }))).toBe("portal_refused");
    expect(await shown(ctx, id)).toMatchObject({ status: "active", sealed: true });
    expect(await entriesSince(t, before)).toEqual(["token.revoke intent", "token.revoke refused"]);
    expect(await sealedOf(id)).toHaveLength(1);
    await t.work();
    expect(await exists(value)).toBe(true);
  });

  test("what cannot be audited does not happen", async () => {
    const { ctx, id, value } = await minted();
    await t.portal.clearCalls();
    const mend = await breakAudit(t);
    expect(await codeOf(revokeToken(ctx, { id, reason: "unused" }))).toBe("audit_unavailable");
    expect(await t.portal.calls()).toEqual([]);
    await mend();
    expect(await exists(value)).toBe(true);
    expect(await shown(ctx, id)).toMatchObject({ status: "active" });
  });

  test("what happened and cannot be audited is not called done before it can", async () => {
    const { ctx, id } = await minted();
    const mend = await breakAudit(t, "ok");
    expect(await revokeToken(ctx, { id, reason: "unused" })).toMatchObject({ state: "revoking" });
    await mend();
    await t.pass();
    await t.work();
    expect(await shown(ctx, id)).toMatchObject({ status: "revoked" });
  });

  test("a value that can stand in no path is refused, and that is on record", async () => {
    const ctx = await t.signedIn("cleo");
    await t.portal.addTokens("cleo@demo.example", { values: ["unforeseen/../token?of#everything%"] });
    const token = only((await listTokens(ctx, {})).items);
    const before = (await trail(t)).length;
    await t.portal.clearCalls();
    expect(await codeOf(revokeToken(ctx, { id: token.id, reason: "unused" }))).toBe("token_unusable");
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);
    expect(await entriesSince(t, before)).toEqual(["token.revoke intent", "token.revoke failed"]);
    expect(await shown(ctx, token.id)).toMatchObject({ status: "unclaimed" });
  });

  test("a damaged copy does not keep a token alive: its owner's list serves", async () => {
    const { ctx, id, value } = await minted();
    await t.desk.db
      .updateTable("tokens")
      .set({ sealed_value: "v1.damaged.a.b.c" })
      .where("id", "=", id)
      .execute();
    const lead = await t.signedIn("leadSales");
    expect(await codeOf(revokeToken(lead, { id, reason: "compromised" }))).toBe("value_needed");
    expect(await revokeToken(ctx, { id, reason: "compromised" })).toMatchObject({ state: "revoked" });
    expect(await exists(value)).toBe(false);
  });
});
