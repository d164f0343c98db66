import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fingerprint } from "@/lib/server/crypto";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { tokenById } from "@/lib/server/store/tokens";
import { engines } from "../../support/desk";
import {
  codeOf,
  entriesSince,
  type HeldDesk,
  mint,
  only,
  startHeldDesk,
  trail,
} from "../../support/held-desk";

/** Somebody found a token where it should not be, and pastes it. */
describe.each(engines)("revoking a pasted token on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const paste = (ctx: SessionContext, token: string) =>
    revokeByValue(ctx, { portal: "sim", token, reason: "compromised", note: "found in a chat" });
  const planted = async (user: string) =>
    only(await t.portal.addTokens(t.passwordOf(user).userName, { prefixed: 1 }));
  const exists = async (value: string) =>
    (await t.portal.state()).users.some(({ tokens }) => tokens.includes(value));
  const record = (value: string) => tokenById(t.desk.db, fingerprint(t.desk.keys, "sim", value));

  test("one's own, known to the desk", async () => {
    const ctx = await t.signedIn("apiCrm");
    await mint(ctx, "Leaked");
    const { tokens } = await t.portal.user("api-crm@demo.example");
    const value = tokens.at(-1) ?? "";
    const before = (await trail(t)).length;
    expect(await paste(ctx, `\t${value}\n`)).toMatchObject({ state: "revoked" });
    expect(await exists(value)).toBe(false);
    expect(await entriesSince(t, before)).toEqual(["token.revoke intent", "token.revoke ok"]);
    expect((await trail(t)).at(-1)).toMatchObject({ target: { label: "Leaked" } });
    expect(JSON.stringify((await trail(t)).slice(before))).not.toContain(value);
  });

  test("one that nobody here has heard of: its record begins with its end", async () => {
    const lead = await t.signedIn("leadSales");
    const value = await planted("apiDialer");
    expect(await record(value)).toBeUndefined();
    const answer = await paste(lead, value);
    expect(answer).toMatchObject({ state: "revoked", receipt: { acceptedAt: expect.any(String) } });
    expect(answer.receipt.deadAt).toBeDefined();
    // Nobody's list was asked.
    expect(answer.receipt.unlistedAt).toBeUndefined();
    expect(await exists(value)).toBe(false);
    expect(await record(value)).toMatchObject({
      status: "revoked",
      sealed_value: null,
      revoke_reason: "compromised",
    });
  });

  test("a lead does it for their people, whatever the desk has sealed", async () => {
    const crm = await t.signedIn("apiCrm");
    await listTokens(crm, {});
    const [value = ""] = t.simulator.seed.user("apiCrm").tokens;
    const lead = await t.signedIn("leadSales");
    const { id } =
      (await listTokens(lead, {})).items.find(({ id: one }) => one === fingerprintOf(value)) ?? {};
    expect(await codeOf(revokeToken(lead, { id: id ?? "", reason: "compromised" }))).toBe("value_needed");
    expect(await paste(lead, value)).toMatchObject({ state: "revoked" });
  });
  // One entry for whoever asked and one for its owner, also where it is nobody's: the first says nothing of the second.
  const twice = (...entries: string[]) => entries.flatMap((entry) => [entry, entry]);
  const fingerprintOf = (value: string) => fingerprint(t.desk.keys, "sim", value);

  test("the portal's no is shown as its no, and the record is as it was", async () => {
    const crm = await t.signedIn("apiCrm");
    await listTokens(crm, {});
    const value = t.simulator.seed.user("apiCrm").tokens[1] ?? "";
    for (const user of ["ann", "leadSupport"]) {
      const ctx = await t.signedIn(user);
      const before = (await trail(t)).length;
      expect(await codeOf(paste(ctx, value))).toBe("portal_refused");
      const entries = (await trail(t)).slice(before).filter(({ action }) => action === "token.revoke");
      expect(entries.map(({ result }) => result)).toEqual(twice("intent", "refused"));
      expect(await record(value)).toMatchObject({ status: "unclaimed" });
    }
    expect(await exists(value)).toBe(true);
  });

  test("who may not see a token is not told its name by pasting it", async () => {
    const crm = await t.signedIn("apiCrm");
    await mint(crm, "Secret project");
    const value = (await t.portal.user("api-crm@demo.example")).tokens.at(-1) ?? "";
    const ann = await t.signedIn("ann");
    await t.pass(1);
    await codeOf(paste(ann, value));
    const item = await t.desk.db
      .selectFrom("operation_items")
      .innerJoin("operations", "operations.id", "operation_items.operation_id")
      .select(["operation_items.label", "operation_items.operation_id"])
      .where("actor_name", "=", "ann@demo.example")
      .orderBy("operations.created_at", "desc")
      .executeTakeFirstOrThrow();
    expect(item.label).toBeNull();
    expect(JSON.stringify(await getOperation(ann, { id: item.operation_id }))).not.toContain("Secret");
  });

  test("a value that the portal does not know", async () => {
    const ctx = await t.signedIn("leadSales");
    const before = (await trail(t)).length;
    const value = "aws80:00000000-0000-0000-0000-000000000001";
    expect(await codeOf(paste(ctx, value))).toBe("not_found");
    expect(await entriesSince(t, before)).toEqual(twice("token.revoke intent", "token.revoke failed"));
    expect(await record(value)).toBeUndefined();
  });

  test("a value that cannot be sent, though somebody says that it is a token, is refused without asking anybody, and that is on record", async () => {
    const ctx = await t.signedIn("leadSales");
    await listTokens(ctx, {});
    await t.portal.clearCalls();
    for (const token of ["..", "a/b", "x".repeat(129), "what?", "50%"]) {
      const before = (await trail(t)).length;
      const asIs = { portal: "sim", token, reason: "compromised", asIs: true } as const;
      expect(await codeOf(revokeByValue(ctx, asIs))).toBe("token_unusable");
      expect(await entriesSince(t, before)).toEqual(twice("token.revoke intent", "token.revoke failed"));
    }
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);
  });

  test("without a connection on that portal there is nobody to ask as", async () => {
    const ctx = await t.signedIn("ann");
    const input = { portal: "vacd", token: randomUUID(), reason: "other" } as const;
    expect(await codeOf(revokeByValue(ctx, input))).toBe("invalid_input");
    expect(await codeOf(revokeByValue(ctx, { ...input, portal: "nowhere" }))).toBe("invalid_input");
  });

  test("one that is being revoked already is not begun twice; one that is revoked stays who revoked it", async () => {
    const ctx = await t.signedIn("apiCrm");
    const value = await planted("apiCrm");
    await t.pass();
    await listTokens(ctx, {});
    await t.portal.addFault({ endpoint: "revoke", kind: "false", count: null });
    const first = await t.finish(revokeToken(ctx, { id: fingerprintOf(value), reason: "rotated" }));
    expect(first.state).toBe("revoking");
    // Unless it turns out to have leaked, which is more urgent.
    const again = revokeByValue(ctx, { portal: "sim", token: value, reason: "unused" });
    expect(await t.finish(again)).toMatchObject({ operationId: first.operationId, state: "revoking" });
    const leaked = await t.finish(paste(ctx, value));
    expect(leaked.state).toBe("revoking");
    expect(leaked.operationId).not.toBe(first.operationId);
    await t.portal.clearFaults();
    await t.pass(60_000);
    await t.work();
    const lead = await t.signedIn("leadSales");
    const second = await paste(lead, value);
    expect(second).toMatchObject({ state: "revoked" });
    expect(second.operationId).not.toBe(first.operationId);
    expect(await record(value)).toMatchObject({
      revoked_by: "api-crm@demo.example",
    });
  });

  test("nobody changes the record of a revoked token that they may not see", async () => {
    const ctx = await t.signedIn("apiCrm");
    const value = await planted("apiCrm");
    await paste(ctx, value);
    const before = await record(value);
    const ann = await t.signedIn("ann");
    await codeOf(paste(ann, value));
    expect(await record(value)).toMatchObject({
      status: "revoked",
      revoked_at: before?.revoked_at,
      revoked_by: "api-crm@demo.example",
    });
  });

  test("one that disappeared from the list, and lives: it is revoked, and called so", async () => {
    const ctx = await t.signedIn("apiCrm");
    const value = await planted("apiCrm");
    await t.pass();
    await listTokens(ctx, {});
    await t.portal.removeTokens([value]);
    await t.pass();
    await listTokens(ctx, {});
    expect(await record(value)).toMatchObject({ status: "disappeared" });
    await t.portal.addTokens("api-crm@demo.example", { values: [value] });
    expect(await paste(ctx, value)).toMatchObject({ state: "revoked" });
    expect(await record(value)).toMatchObject({ status: "revoked" });
  });
});
