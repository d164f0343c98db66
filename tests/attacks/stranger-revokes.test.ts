import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { fingerprint } from "@/lib/server/crypto";
import { listAudit } from "@/lib/server/services/audit/list";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { endEverySession } from "@/lib/server/store/restored";
import { tokenById } from "@/lib/server/store/tokens";
import type { FaultInput } from "@/lib/simulator/fault-rules";
import { engines } from "../support/desk";
import { codeOf, type HeldDesk, only, startHeldDesk, trail } from "../support/held-desk";
import { mintKnown } from "./support/known-token";

/*
 * A stranger has a token's value, and an account of their own on the portal. By asking the desk to revoke it they would
 * claim its record, so that its owner is told to wait for an operation that they cannot see; or have it called revoked,
 * on the word of a portal that says "there is none" of whatever is not one's own.
 */
describe.each(engines)("a stranger with a token's value, on %s,", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const user = "api-crm@demo.example";
  const stranger = "ann@demo.example";
  const record = (id: string) => tokenById(t.desk.db, id);
  const exists = async (value: string) => (await t.portal.user(user)).tokens.includes(value);
  const paste = (ctx: SessionContext, token: string) =>
    t.finish(revokeByValue(ctx, { portal: "sim", token, reason: "other" }));
  const codeOfPaste = (ctx: SessionContext, token: string) => codeOf(paste(ctx, token));
  const rounds = async (count: number) => {
    for (let i = 0; i < count; i += 1) {
      await t.pass(minutes(1));
      await t.work();
    }
  };

  async function scene() {
    await t.portal.clearFaults();
    await t.desk.db.transaction().execute((tx) => endEverySession(tx, t.clock.now()));
    await t.pass(minutes(2));
    const owner = await t.signedIn("apiCrm");
    const { id, value } = only(await mintKnown(t, owner, "Payroll export"));
    return { owner, thief: await t.signedIn("ann"), id, value };
  }

  /** What a portal may say to somebody whose token it is not, and what becomes of their wish then. */
  const answers: [string, FaultInput, string][] = [
    ["that it is not theirs", { endpoint: "revoke", kind: "status", status: 403 }, "portal_refused"],
    ["that there is none", { endpoint: "revoke", kind: "status", status: 404 }, "not_found"],
    [
      "nothing, and then that there is none",
      { endpoint: "revoke", kind: "status", status: 404 },
      "not_found",
    ],
    [
      "that it is done, which is not so",
      { endpoint: "revoke", kind: "status", status: 200, body: "true" },
      "ok",
    ],
    ["that it is broken", { endpoint: "revoke", kind: "status", status: 500 }, "ok"],
  ];

  test.each(answers)(
    "told by the portal %s: touches nothing, and the owner revokes it",
    async (how, fault, code) => {
      const { owner, thief, id, value } = await scene();
      if (how.startsWith("nothing")) await t.portal.addFault({ endpoint: "revoke", kind: "hang", count: 1 });
      await t.portal.addFault({ ...fault, userName: stranger, count: null });
      const before = await record(id);
      const asked = await codeOfPaste(thief, value);
      if (!how.startsWith("nothing")) expect(asked).toBe(code);
      await rounds(2);
      expect(await record(id)).toMatchObject({ status: "active", sealed_value: before?.sealed_value });
      expect((await t.again(owner)).session.connections[0]?.state).toBe("live");

      const answer = await t.finish(revokeToken(await t.again(owner), { id, reason: "compromised" }));
      expect(answer).toMatchObject({ state: "revoked" });
      expect(await getOperation(owner, { id: answer.operationId })).toMatchObject({
        state: "done",
        total: 1,
      });
      expect(await exists(value)).toBe(false);
      expect(await record(id)).toMatchObject({
        status: "revoked",
        revoked_by: user,
        revoke_reason: "compromised",
      });
    },
  );

  test("whose wish is still open keeps nobody from theirs: owner, lead and the bulk of them", async () => {
    const { owner, thief, id, value } = await scene();
    const lead = await t.signedIn("leadSales");
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 500, count: null });
    const theirs = await paste(thief, value);
    expect(theirs.state).toBe("revoking");
    const byLead = await t.finish(revokeToken(lead, { id, reason: "unused" }));
    const byOwner = await t.finish(revokeToken(owner, { id, reason: "compromised" }));
    const again = await t.finish(revokeToken(owner, { id, reason: "rotated" }));
    expect(new Set([theirs, byLead, byOwner].map(({ operationId }) => operationId)).size).toBe(3);
    expect(again.operationId).toBe(byOwner.operationId);
    // Each sees their own, and none of the others'.
    expect(await getOperation(owner, { id: byOwner.operationId })).toMatchObject({ total: 1 });
    expect(await codeOf(getOperation(owner, { id: byLead.operationId }))).toBe("not_found");
    const seen = async (ctx: SessionContext) =>
      (await listTokens(ctx, {})).items.find((token) => token.id === id)?.revoking;
    expect(await seen(owner)).toMatchObject({ operationId: byOwner.operationId, reason: "compromised" });
    expect(await seen(lead)).toMatchObject({ operationId: byLead.operationId, reason: "unused" });

    await t.portal.clearFaults();
    await rounds(2);
    expect(await exists(value)).toBe(false);
    for (const [ctx, { operationId }] of [
      [owner, byOwner],
      [lead, byLead],
    ] as const)
      expect(await getOperation(ctx, { id: operationId })).toMatchObject({ state: "done" });
    const outcomes = (await trail(t)).filter(
      ({ action, result, target }) => action === "token.revoke" && result === "ok" && target?.tokenId === id,
    );
    const names = outcomes.map(({ actor }) => actor.userName).filter((name) => name !== stranger);
    expect(names.sort()).toEqual([user, "lena.lead@demo.example"]);
  });

  test("whose wish came first does not fail the owner's selection", async () => {
    const { owner, thief, id, value } = await scene();
    await t.portal.addFault({
      endpoint: "revoke",
      kind: "status",
      status: 500,
      count: null,
      userName: stranger,
    });
    await paste(thief, value);
    const { operationId } = await revokeTokens(owner, { ids: [id], reason: "unused" });
    await t.work();
    expect(await getOperation(owner, { id: operationId })).toMatchObject({ state: "done", done: 1 });
  });

  test("and a lead whom the portal refuses: the owner's goes on, and the token is not called free again", async () => {
    const { owner, id } = await scene();
    const lead = await t.signedIn("leadSales");
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 500, count: null });
    const first = await t.finish(revokeToken(lead, { id, reason: "unused" }));
    const second = await t.finish(revokeToken(owner, { id, reason: "compromised" }));
    await t.portal.clearFaults();
    // The owner's is not answered yet when the lead gets their no.
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 500, count: null, userName: user });
    await t.portal.addFault({
      endpoint: "revoke",
      kind: "status",
      status: 403,
      count: null,
      userName: "lena.lead@demo.example",
    });
    await rounds(1);
    expect(await getOperation(lead, { id: first.operationId })).toMatchObject({ state: "failed" });
    expect(await record(id)).toMatchObject({ status: "revoking" });
    await t.portal.clearFaults();
    await rounds(2);
    expect(await getOperation(owner, { id: second.operationId })).toMatchObject({ state: "done" });
    expect(await record(id)).toMatchObject({ status: "revoked", revoked_by: user });
  });

  test("and both refused: the token is what it was before anybody asked", async () => {
    const { owner, id } = await scene();
    const lead = await t.signedIn("leadSales");
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 500, count: null });
    await t.finish(revokeToken(lead, { id, reason: "unused" }));
    await t.finish(revokeToken(owner, { id, reason: "compromised" }));
    await t.portal.clearFaults();
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 403, count: null });
    await rounds(2);
    expect(await record(id)).toMatchObject({ status: "active" });
  });

  test("is not told the token's name, and its owner is told that they asked", async () => {
    const { owner, thief, id, value } = await scene();
    expect(await codeOfPaste(thief, value)).toBe("portal_refused");
    const theirs = (await listAudit(thief, { token: id })).items;
    expect(theirs.map(({ result }) => result)).toEqual(["refused", "intent"]);
    expect(JSON.stringify(theirs)).not.toContain("Payroll");
    const owners = (await listAudit(await t.again(owner), { token: id, actor: stranger })).items;
    expect(owners.map(({ result }) => result)).toEqual(["refused", "intent"]);
  });

  test("an own token that the desk has not seen yet is known by the caller's own list", async () => {
    const { owner } = await scene();
    const [value = ""] = await t.portal.addTokens(user, { prefixed: 1 });
    await t.pass();
    const answer = await paste(owner, value);
    expect(answer).toMatchObject({ state: "revoked", receipt: { unlistedAt: expect.any(String) } });
    expect(await record(fingerprint(t.desk.keys, "sim", value))).toMatchObject({ revoked_by: user });
  });

  test("a revocation whose reply was lost is the asker's own when the token itself is dead", async () => {
    await scene();
    const [value = ""] = await t.portal.addTokens("api-dialer@demo.example", { prefixed: 1 });
    const lead = await t.signedIn("leadSales");
    await t.portal.addFault({ endpoint: "revoke", kind: "reset-after", count: 3 });
    expect(await paste(lead, value)).toMatchObject({ state: "revoking" });
    await t.portal.clearFaults();
    await t.pass(seconds(2));
    await rounds(2);
    expect(await record(fingerprint(t.desk.keys, "sim", value))).toMatchObject({ status: "revoked" });
  });
});
