import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { minutes } from "@/lib/server/clock";
import { fingerprint } from "@/lib/server/crypto";
import { disconnect } from "@/lib/server/services/connections/disconnect";
import { endSessionById } from "@/lib/server/services/sessions/end";
import { endOtherSessions } from "@/lib/server/services/sessions/end-others";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { engines } from "../support/desk";
import { codeOf, connectionOf, type HeldDesk, only, startHeldDesk } from "../support/held-desk";
import { mintKnown } from "./support/known-token";

/*
 * Whoever has a leaked token asks for the owner's other tokens to be revoked, and is gone before the token is. The desk
 * would go on for them: by the owner's own password, or by each token itself.
 */
describe.each(engines)("on %s, what was asked for by a leaked token", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine, { env: { TOKENDESK_PORTAL_CALLS_PER_MINUTE: "100" } });
  });
  afterAll(() => t?.stop());
  beforeEach(() => t.renew());

  type SignedIn = Awaited<ReturnType<HeldDesk["signedIn"]>>;
  const user = "api-crm@demo.example";
  const reason = { reason: "compromised" } as const;
  const left = async () => (await t.portal.user(user)).tokens.length;
  const workOn = async (rounds = 4) => {
    for (let round = 0; round < rounds; round += 1) {
      await t.pass(minutes(1));
      await t.work();
    }
  };
  async function scene(others: number) {
    await t.portal.addTokens(user, { prefixed: others });
    const owner = await t.signedIn("apiCrm");
    const leaked = only(await mintKnown(t, owner, "Leaked"));
    const listed = (await t.finish(listTokens(owner, {}))).items.filter(({ id }) => id !== leaked.id);
    const ids = listed.slice(0, others).map(({ id }) => id);
    return { owner, leaked, ids, thief: await t.finish(t.signedInWith(leaked.value)) };
  }

  const leaves: Record<string, (thief: SignedIn, owner: SignedIn) => Promise<unknown>> = {
    "signed out": (thief) => signOut(thief),
    disconnected: (thief) => disconnect(thief, { id: connectionOf(thief).id }),
    "signed in as somebody else": (thief) => {
      const { userName, password } = t.passwordOf("ann");
      return signIn(t.visitor(), { portal: "sim", username: userName, password }, thief.sid);
    },
    "been thrown out by the owner": (thief, owner) => endSessionById(owner, thief.session),
    "been thrown out with all others": (_, owner) => endOtherSessions(owner),
  };

  test.each(Object.keys(leaves))("is not done after the token's end, where who asked has %s", async (how) => {
    const { owner, leaked, ids, thief } = await scene(12);
    await t.finish(revokeTokens(thief, { ids, ...reason }));
    await t.finish(leaves[how]?.(thief, owner) ?? Promise.reject(new Error(how)));
    expect((await t.finish(revokeToken(await t.again(owner), { id: leaked.id, ...reason }))).state).toBe(
      "revoked",
    );
    const before = await left();
    await workOn();
    expect(await left()).toBe(before);
    const open = (await t.finish(listTokens(await t.again(owner), {}))).items;
    expect(open.filter(({ status }) => status === "revoking")).toEqual([]);
  });

  test("is not done by the owner's credential once the portal does not take the token any more", async () => {
    const { leaked, ids, thief } = await scene(12);
    await t.portal.removeTokens([leaked.value]);
    const before = await left();
    await t.portal.setOptions({ latencyMs: 20 });
    const codes = await t.finish(
      Promise.all(ids.map((id) => codeOf(revokeToken(thief, { id, reason: "other" })))),
    );
    await t.portal.setOptions({ latencyMs: 0 });
    expect(codes).not.toContain("ok");
    await workOn(2);
    expect(await left()).toBe(before);
  });

  test("is not done to a lead's people, either, once the lead has thrown them out", async () => {
    await mintKnown(t, await t.signedIn("apiCrm"), "Prod", 4);
    const lead = await t.signedIn("leadSales");
    const [value = ""] = await t.portal.addTokens(t.passwordOf("leadSales").userName, { prefixed: 1 });
    await t.finish(listTokens(lead, {}));
    const thief = await t.finish(t.signedInWith(value));
    const seen = (await t.finish(listTokens(thief, {}))).items;
    const ids = seen.filter(({ label }) => label?.startsWith("Prod")).map(({ id }) => id);
    expect(ids).toHaveLength(4);
    await t.finish(revokeTokens(thief, { ids, reason: "other" }));
    expect(await endOtherSessions(await t.again(lead))).toEqual({ ended: 1 });
    const id = fingerprint(t.desk.keys, "sim", value);
    expect((await t.finish(revokeToken(await t.again(lead), { id, ...reason }))).state).toBe("revoked");
    const before = await left();
    await workOn();
    expect(await left()).toBe(before);
  });

  test("is done where it is the token's own end, whatever becomes of who asked", async () => {
    const { leaked, thief } = await scene(0);
    await t.portal.addFault({ endpoint: "revoke", kind: "reset-before", count: 3 });
    await t.finish(revokeToken(thief, { id: leaked.id, ...reason }));
    expect((await t.portal.user(user)).tokens).toContain(leaked.value);
    await signOut(thief);
    await workOn();
    expect((await t.portal.user(user)).tokens).not.toContain(leaked.value);
  });

  test("takes none of what the owner may have revoked by its value", async () => {
    const { owner, thief } = await scene(0);
    const unknown = (ctx: SignedIn) =>
      codeOf(t.finish(revokeByValue(ctx, { portal: "sim", token: `aws80:${randomUUID()}`, ...reason })));
    // As many as may wait: of the first few the portal is asked at once, and these are written as they would wait.
    for (let index = 0; index < 7; index += 1) await unknown(thief);
    const item = await t.desk.db
      .selectFrom("operation_items")
      .selectAll()
      .where("owner_id", "=", "")
      .where("next_try_at", "is not", null)
      .executeTakeFirstOrThrow();
    for (let position = 1; position <= 500; position += 1)
      await t.desk.db
        .insertInto("operation_items")
        .values({ ...item, position })
        .execute();
    expect(await unknown(thief)).toBe("too_many_requests");
    expect(await unknown(await t.again(owner))).not.toBe("too_many_requests");
  });
});
