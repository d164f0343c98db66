import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { driveDueRevocations } from "@/lib/server/services/operations/resume";
import { endSessionById } from "@/lib/server/services/sessions/end";
import { endOtherSessions } from "@/lib/server/services/sessions/end-others";
import { stepUp } from "@/lib/server/services/sessions/step-up";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { unsealToken } from "@/lib/server/services/tokens/unseal";
import { engines } from "../support/desk";
import { codeOf, connectionOf, type HeldDesk, only, startHeldDesk } from "../support/held-desk";
import { mintKnown } from "./support/known-token";

/*
 * Whoever has a leaked token is its owner to the portal. Here they must not use that to keep the owner, who proves a
 * password, from revoking it: by asking first, by throwing them out, or by using up what is theirs.
 */
describe.each(engines)("on %s, a thief who came in by the leaked token", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine, { env: { TOKENDESK_PORTAL_CALLS_PER_MINUTE: "100" } });
  });
  afterAll(() => t?.stop());
  beforeEach(() => t.pass(minutes(10)));

  const crm = "apiCrm";
  /** Their leaked token with others of theirs, the thief in a session by it, and the owner by their password. */
  async function scene(others = 0) {
    const before = await t.signedIn(crm);
    const leaked = only(await mintKnown(t, before, "Leaked"));
    const rest = others === 0 ? [] : (await t.finish(listTokens(before, {}))).items.slice(0, others);
    const thief = await t.finish(t.signedInWith(leaked.value));
    return { leaked, rest, thief, owner: await t.signedIn(crm) };
  }
  const lives = async (value: string) => (await t.portal.user("api-crm@demo.example")).tokens.includes(value);
  const reason = { reason: "compromised" } as const;

  test("keeps the owner from nothing by having asked for the same before them", async () => {
    await t.portal.addTokens("api-crm@demo.example", { prefixed: 60 });
    const { leaked, rest, thief, owner } = await scene(60);
    const ids = [...rest.map(({ id }) => id), leaked.id];
    const { operationId } = await t.finish(revokeTokens(thief, { ids, ...reason }));
    const driving = driveDueRevocations(t.desk);
    const answer = await t.finish(revokeToken(owner, { id: leaked.id, ...reason }));
    expect(answer.operationId).not.toBe(operationId);
    expect(answer.state).toBe("revoked");
    expect(await lives(leaked.value)).toBe(false);
    await t.finish(driving);
    // And nothing more of what they asked is done: it rested on the token.
    const left = (await t.portal.user("api-crm@demo.example")).tokens.length;
    for (let round = 0; round < 6; round += 1) {
      await t.pass(minutes(1));
      await t.work();
    }
    expect((await t.portal.user("api-crm@demo.example")).tokens).toHaveLength(left);
    const open = await t.desk.db
      .selectFrom("operation_items")
      .select("state")
      .where("operation_id", "=", operationId)
      .where("state", "in", ["pending", "sending", "checking"])
      .execute();
    expect(open).toEqual([]);
  });

  test("ends no session that rests on a password, and their own go on ending", async () => {
    const { leaked, thief, owner } = await scene();
    const second = await t.finish(t.signedInWith(leaked.value));
    expect(await codeOf(endSessionById(thief, owner.session))).toBe("forbidden");
    expect(await endOtherSessions(thief)).toEqual({ ended: 1 });
    expect(await codeOf(endSessionById(thief, second.session))).toBe("not_found");
    expect((await t.again(owner)).session.id).toBe(owner.session.id);
    expect(await endOtherSessions(owner)).toEqual({ ended: expect.any(Number) });
    expect(await codeOf(t.finish(revokeToken(thief, { id: leaked.id, ...reason })))).not.toBe("ok");
  });

  test("takes no lead's means of revoking away", async () => {
    const { leaked, thief, owner } = await scene();
    expect(await codeOf(unsealToken(thief, { id: leaked.id }))).toBe("forbidden");
    expect((await unsealToken(owner, { id: leaked.id })).sealed).toBe(false);
  });

  test("uses up none of the owner's proofs, by right ones or by wrong", async () => {
    const { leaked, thief, owner } = await scene();
    const connectionId = connectionOf(thief).id;
    for (let index = 0; index < 30; index += 1)
      await t.finish(codeOf(stepUp(thief, { connectionId, apiToken: leaked.value })));
    for (let index = 0; index < 6; index += 1)
      await t.finish(codeOf(stepUp(thief, { connectionId, password: "wrong-wrong" })));
    const proof = { connectionId: connectionOf(owner).id, password: t.passwordOf(crm).password };
    expect(await t.finish(codeOf(stepUp(owner, proof)))).toBe("ok");
  });

  test("has what they began ended with their session: no further token is minted", async () => {
    const { thief, owner } = await scene();
    await t.portal.setOptions({ latencyMs: 30 });
    const input = { connectionId: connectionOf(thief).id, label: "For the thief", count: 8 };
    const minting = mintTokens(thief, { input, idempotencyKey: "thief-of-eight" });
    minting.catch(() => undefined);
    await t.portal.waitForCalls({ endpoint: "mint" }, 2);
    await endOtherSessions(owner);
    await t.finish(minting.catch(() => undefined));
    await t.portal.setOptions({ latencyMs: 0 });
    const calls = await t.portal.calls({ endpoint: "mint" });
    expect(calls.length).toBeLessThan(8);
    await t.pass(seconds(1));
  });

  test("is out once the owner's list lacks the token, also where no list had shown it here", async () => {
    const [value = ""] = await t.portal.addTokens("api-crm@demo.example", { prefixed: 1 });
    const thief = await t.finish(t.signedInWith(value));
    const owner = await t.signedIn(crm);
    await t.pass(minutes(3));
    await t.portal.removeTokens([value]);
    await t.finish(listTokens(await t.again(owner), {}));
    const row = await t.desk.db
      .selectFrom("connections")
      .select(["state", "sealed_credential"])
      .where("id", "=", connectionOf(thief).id)
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ state: "ended", sealed_credential: null });
    const later = (await t.again(owner)).session.connections;
    expect(later.map(({ state }) => state)).toEqual(["live"]);
  });
});
