import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { fingerprint } from "@/lib/server/crypto";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { tokenById } from "@/lib/server/store/tokens";
import type { FaultInput } from "@/lib/simulator/fault-rules";
import { engines } from "../support/desk";
import { type HeldDesk, mint, only, startHeldDesk, trail } from "../support/held-desk";

/** Nothing is called revoked before the portal shows that it is gone, and what was asked for comes to its end. */
describe.each(engines)("revoking through faults on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const user = "api-crm@demo.example";
  /** Fresh tokens of the API user, who is signed in once, with nothing broken. */
  const minted = async (count = 1) => {
    await t.portal.clearFaults();
    await t.desk.db.deleteFrom("connections").execute();
    await t.pass(minutes(1));
    const ctx = await t.signedIn("apiCrm");
    const ids = (await mint(ctx, "Stubborn", count)).map(({ id }) => id);
    await t.pass();
    await listTokens(ctx, {});
    await t.portal.clearCalls();
    return { ctx, ids, id: ids[0] ?? "" };
  };
  const status = async (id: string) => (await tokenById(t.desk.db, id))?.status;
  const revoke = (ctx: SessionContext, id: string) =>
    t.finish(revokeToken(ctx, { id, reason: "compromised" }));
  const existing = async (ids: string[]) => {
    const { tokens } = await t.portal.user(user);
    const known = new Set(tokens.map((value) => fingerprint(t.desk.keys, "sim", value)));
    return ids.filter((id) => known.has(id));
  };
  const rounds = async (count: number) => {
    for (let i = 0; i < count; i += 1) {
      await t.pass(minutes(1));
      await t.work();
    }
  };
  /** How often the trail says that this came to its end. */
  const outcomes = async (id: string) =>
    (await trail(t)).filter(
      ({ action, result, target }) =>
        action === "token.revoke" && result !== "intent" && target?.tokenId === id,
    ).length;
  const items = async (ctx: SessionContext, operationId: string) =>
    (await getOperation(ctx, { id: operationId })).items.map(({ state, error }) => error ?? state);

  const lost: [string, FaultInput][] = [
    ["reset", { endpoint: "revoke", kind: "reset-after", count: 3 }],
    ["never sent", { endpoint: "revoke", kind: "hang", effect: true }],
  ];
  test.each(lost)(
    "F6 the reply to the DELETE is %s: still revoking, then revoked, reported once",
    async (_, fault) => {
      const { ctx, id } = await minted();
      await t.portal.addFault(fault);
      // Nor does the list tell meanwhile.
      await t.portal.addFault({ endpoint: "list", kind: "status", status: 503, count: null });
      await t.portal.addFault({ endpoint: "users", kind: "status", status: 503, count: null });
      expect(await revoke(ctx, id)).toMatchObject({ state: "revoking" });
      expect(await existing([id])).toEqual([]);
      expect(await status(id)).toBe("revoking");
      await t.portal.clearFaults();
      await rounds(3);
      expect(await status(id)).toBe("revoked");
      expect(await outcomes(id)).toBe(1);
    },
  );

  test.each<[string, FaultInput]>([
    ["200 false", { endpoint: "revoke", kind: "false", count: null }],
    [
      "200 true, and lists it on",
      { endpoint: "revoke", kind: "status", status: 200, body: "true", count: null },
    ],
  ])("F7 the DELETE is answered %s: not revoked, tried again, and overdue in time", async (_, fault) => {
    const { ctx, id } = await minted();
    await t.portal.addFault(fault);
    const { operationId } = await revoke(ctx, id);
    await rounds(14);
    expect(only((await getOperation(ctx, { id: operationId })).items).overdue).toBeUndefined();
    await rounds(2);
    const tries = (await t.portal.calls({ endpoint: "revoke" })).length;
    expect(tries).toBeGreaterThan(3);
    expect(await status(id)).toBe("revoking");
    expect(await outcomes(id)).toBe(0);
    expect(only((await getOperation(ctx, { id: operationId })).items)).toMatchObject({
      state: "checking",
      overdue: true,
    });
    const { items: seen } = await listTokens(ctx, { status: "revoking" });
    expect(seen.find((token) => token.id === id)?.revoking).toMatchObject({ overdue: true });
    await t.portal.clearFaults();
    await rounds(6);
    expect(await status(id)).toBe("revoked");
    expect(await existing([id])).toEqual([]);
  });

  test("F8 the authToken expires in the middle of a bulk revoke: one's own tokens go on by themselves", async () => {
    const { ctx, ids } = await minted(4);
    const { operationId } = await revokeTokens(ctx, { ids, reason: "compromised" });
    await t.portal.addFault({ endpoint: "revoke", kind: "hang", skip: 1 });
    const worked = t.work();
    await t.portal.waitForCalls({ endpoint: "revoke" }, 2);
    await t.portal.expireAuthTokens(user);
    await t.portal.clearFaults();
    await worked;
    expect(await existing(ids)).toEqual([]);
    // Gone they are; that they are, only somebody who may list can see.
    expect(new Set(await items(ctx, operationId))).not.toContain("done");
    await t.signedIn("apiCrm");
    await rounds(2);
    expect(await items(ctx, operationId)).toEqual(Array(4).fill("done"));
    for (const id of ids) expect(await outcomes(id)).toBe(1);
  });

  test("F8 the same for a lead: what is left waits for their next sign-in, with a result for each", async () => {
    const { ids } = await minted(4);
    const lead = await t.signedIn("leadSales");
    const { operationId } = await revokeTokens(lead, { ids, reason: "compromised" });
    // Counted by the portal's answers: two are deleted, then the lead's credential is dead.
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 401, skip: 2, count: null });
    await t.work();
    await t.portal.clearFaults();
    expect(await existing(ids)).toHaveLength(2);
    await rounds(2);
    expect(await existing(ids)).toHaveLength(2);
    const waiting = await getOperation(lead, { id: operationId });
    expect(waiting.waitingFor).toBe("lena.lead@demo.example");
    expect(waiting.items.filter(({ error }) => error === "connection_ended")).toHaveLength(2);
    await t.signedIn("leadSales");
    await t.pass(seconds(1));
    await rounds(2);
    expect(await items(lead, operationId)).toEqual(Array(4).fill("done"));
  });
});
