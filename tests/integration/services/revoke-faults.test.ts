import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RevokeAnswer } from "@/lib/contracts/tokens";
import { minutes, seconds } from "@/lib/server/clock";
import { fingerprint } from "@/lib/server/crypto";
import { connect } from "@/lib/server/services/connections/connect";
import { disconnect } from "@/lib/server/services/connections/disconnect";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { tokenById } from "@/lib/server/store/tokens";
import type { FaultInput } from "@/lib/simulator/fault-rules";
import { engines } from "../../support/desk";
import { type HeldDesk, mint, only, startHeldDesk, trail } from "../../support/held-desk";

/** A revocation once asked for is driven to its end; nothing is called revoked before the portal shows it gone. */
describe.each(engines)("revoking while things break on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const user = "api-crm@demo.example";
  /** A fresh token of the API user, who is signed in once, with nothing broken. */
  const minted = async () => {
    await t.portal.clearFaults();
    await t.desk.db.deleteFrom("connections").execute();
    await t.pass(minutes(1));
    const ctx = await t.signedIn("apiCrm");
    const { id } = only(await mint(ctx, "Stubborn"));
    await t.pass();
    await listTokens(ctx, {});
    const { tokens } = await t.portal.user(user);
    const value = only(tokens.filter((token) => fingerprint(t.desk.keys, "sim", token) === id));
    await t.portal.clearCalls();
    return { ctx, id, value };
  };
  const revoke = (ctx: SessionContext, id: string) =>
    t.finish(revokeToken(ctx, { id, reason: "compromised" }));
  const status = async (id: string) => (await tokenById(t.desk.db, id))?.status;
  const stateOf = async (ctx: SessionContext, { operationId }: RevokeAnswer) =>
    (await getOperation(ctx, { id: operationId })).state;
  const exists = async (value: string) => (await t.portal.user(user)).tokens.includes(value);
  const deletes = async () => (await t.portal.calls({ endpoint: "revoke" })).length;
  /** Lets the worker work until the token is revoked, so many rounds at most. */
  const driven = async (id: string, rounds = 20) => {
    for (let i = 0; i < rounds && (await status(id)) !== "revoked"; i += 1) {
      await t.pass(minutes(1));
      await t.work();
    }
    return status(id);
  };

  const accepted: [string, FaultInput][] = [
    ["whose answer is lost", { endpoint: "revoke", kind: "reset-after" }],
    [
      "that is answered 500 after its effect",
      { endpoint: "revoke", kind: "status", status: 500, effect: true },
    ],
    ["whose answer is cut off", { endpoint: "revoke", kind: "truncated" }],
    ["answered with HTML after its effect", { endpoint: "revoke", kind: "html", status: 502, effect: true }],
  ];
  test.each(accepted)("a delete %s is found done by asking again", async (_, fault) => {
    const { ctx, id, value } = await minted();
    await t.portal.addFault(fault);
    await revoke(ctx, id);
    expect(await driven(id)).toBe("revoked");
    expect(await exists(value)).toBe(false);
    const outcomes = (await trail(t)).filter(
      ({ target, result }) => target?.tokenId === id && result === "ok",
    );
    expect(outcomes.filter(({ action }) => action === "token.revoke")).toHaveLength(1);
  });

  const stubborn: [string, FaultInput][] = [
    ["says false", { endpoint: "revoke", kind: "false", count: null }],
    ["answers 500", { endpoint: "revoke", kind: "status", status: 500, count: null }],
    ["hangs", { endpoint: "revoke", kind: "hang", count: null }],
    ["asks for a pause", { endpoint: "revoke", kind: "status", status: 429, retryAfter: "2", count: null }],
    ["resets the connection", { endpoint: "revoke", kind: "reset-before", count: null }],
  ];
  test.each(stubborn)(
    "while the portal %s it is being revoked, and tried again and again",
    async (_, fault) => {
      const { ctx, id, value } = await minted();
      await t.portal.addFault(fault);
      const answer = await revoke(ctx, id);
      expect(answer).toMatchObject({ state: "revoking", receipt: {} });
      const during = only(
        (await listTokens(ctx, { status: "revoking" })).items.filter((token) => token.id === id),
      );
      expect(during.revoking).toMatchObject({ operationId: answer.operationId, reason: "compromised" });
      expect(during.revoking?.error).toBeDefined();
      for (let i = 0; i < 3; i += 1) {
        await t.pass(minutes(1));
        await t.work();
        expect(await status(id)).toBe("revoking");
      }
      expect(await exists(value)).toBe(true);
      await t.portal.clearFaults();
      expect(await driven(id)).toBe("revoked");
      expect(await exists(value)).toBe(false);
    },
  );

  // A token is known to somebody else: its owner must not have to wait for a lead who went home.
  test.each(["by its id", "by its value"])(
    "what waits for a lead who is gone its owner revokes %s",
    async (how) => {
      const { ctx, id, value } = await minted();
      const lead = await t.signedIn("leadSales");
      await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 500, count: null });
      const { operationId } = await revoke(lead, id);
      await t.portal.clearFaults();
      await signOut(lead);
      await t.pass(minutes(1));
      const input = { portal: "sim", token: value, reason: "compromised" as const };
      const late = await t.again(ctx);
      const answer = await (how === "by its id" ? revoke(late, id) : t.finish(revokeByValue(late, input)));
      expect(answer).toMatchObject({ state: "revoked" });
      expect(answer.operationId).not.toBe(operationId);
      expect(await exists(value)).toBe(false);
      const outcomes = (await trail(t)).filter(
        ({ action, target }) => action === "token.revoke" && target?.tokenId === id,
      );
      expect(outcomes.map(({ actor, result }) => `${actor.userName} ${result}`)).toEqual([
        "lena.lead@demo.example intent",
        `${user} intent`,
        `${user} ok`,
        "lena.lead@demo.example ok",
      ]);
    },
  );

  test("tries come after 1, 2, 5, 10, 20 and 30 seconds, then each minute", async () => {
    const { ctx, id } = await minted();
    await t.portal.addFault({ endpoint: "revoke", kind: "false", count: null });
    await revoke(ctx, id);
    for (const wait of [1, 2, 5, 10, 20, 30, 60, 60]) {
      await t.portal.clearCalls();
      await t.pass(seconds(wait) - 1);
      await t.work();
      expect(await deletes()).toBe(0);
      await t.pass(1);
      await t.work();
      expect(await deletes()).toBe(1);
    }
  });

  test("accepted and still listed is not revoked; it is when the list shows it gone", async () => {
    const { ctx, id } = await minted();
    await t.portal.addFault({ endpoint: "revoke", kind: "late", afterLists: 3 });
    const answer = await revoke(ctx, id);
    expect(answer).toMatchObject({ state: "revoking", receipt: { acceptedAt: expect.any(String) } });
    expect(answer.receipt.unlistedAt).toBeUndefined();
    expect(await driven(id)).toBe("revoked");
    const receipt = JSON.parse((await tokenById(t.desk.db, id))?.receipt ?? "{}");
    expect(receipt.unlistedAt).toBeGreaterThan(receipt.acceptedAt);
  });

  test("dead as a credential and still listed is not revoked either", async () => {
    // Otherwise the next list would bring back as alive what was called revoked.
    const { ctx, id } = await minted();
    await t.portal.addFault({ endpoint: "revoke", kind: "late", afterLists: 4, affects: "list" });
    const answer = await revoke(ctx, id);
    expect(answer).toMatchObject({ state: "revoking", receipt: { deadAt: expect.any(String) } });
    expect(await driven(id)).toBe("revoked");
    await t.pass(minutes(3));
    expect((await listTokens(ctx, {})).items.some((token) => token.id === id)).toBe(false);
  });

  test("without the owner's list, its 401 is proof only while another credential lives", async () => {
    const { ctx, id } = await minted();
    await signOut(ctx);
    const lead = await t.signedIn("leadSales");
    await t.portal.addFault({ endpoint: "users", kind: "status", status: 401, count: 2, skip: 1 });
    const answer = await revoke(lead, id);
    // Everybody's 401 says nothing of this token.
    expect(answer.state).toBe("revoking");
    await t.portal.clearFaults();
    const again = await t.signedIn("leadSales");
    expect(await driven(id)).toBe("revoked");
    expect(await stateOf(again, answer)).toBe("done");
    const { receipt } = (await tokenById(t.desk.db, id)) ?? {};
    expect(Object.keys(JSON.parse(receipt ?? "{}")).sort()).toEqual(["acceptedAt", "deadAt"]);
  });

  test("a delete that says done and leaves the token alive is sent again", async () => {
    const { ctx, id, value } = await minted();
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 200, body: "true" });
    expect((await revoke(ctx, id)).state).toBe("revoking");
    expect(await exists(value)).toBe(true);
    expect(await driven(id)).toBe("revoked");
    expect(await exists(value)).toBe(false);
  });

  test.each(["before", "after"] as const)(
    "dying %s the delete takes effect: taken up again after the start",
    async (when) => {
      const { ctx, id, value } = await minted();
      await t.portal.addFault({ endpoint: "revoke", kind: "hang", effect: when === "after" });
      const asked = revokeToken(ctx, { id, reason: "compromised" }).catch(() => {});
      await t.portal.waitForCalls({ endpoint: "revoke", finished: false }, 1);
      await t.crash();
      await t.portal.clearFaults();
      await t.finish(asked);
      expect(await status(id)).toBe("revoking");
      expect(await driven(id)).toBe("revoked");
      expect(await exists(value)).toBe(false);
    },
  );

  test("signed out meanwhile, the owner's token finishes with its own authority; a sign-in proves it", async () => {
    const { ctx, id, value } = await minted();
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 503, count: 3 });
    const answer = await revoke(ctx, id);
    await signOut(ctx);
    await t.pass(minutes(1));
    await t.work();
    expect(await exists(value)).toBe(false);
    // Nobody is there to see that it is gone.
    expect(await status(id)).toBe("revoking");
    const again = await t.signedIn("apiCrm");
    await signOut(again);
    const watcher = await t.signedIn("ann");
    expect(await stateOf(again, answer)).toBe("checking");
    expect((await getOperation(again, { id: answer.operationId })).waitingFor).toBe(user);
    await signOut(watcher);
    await t.signedIn("apiCrm");
    expect(await driven(id)).toBe("revoked");
  });

  test("the credential expires in between: for the owner the token itself goes on", async () => {
    const { ctx, id, value } = await minted();
    await t.portal.expireAuthTokens(user);
    const answer = await revoke(ctx, id);
    expect(answer.state).toBe("revoking");
    expect(await exists(value)).toBe(false);
    const callers = (await t.portal.calls({ endpoint: "revoke" })).map(({ credential }) => credential);
    expect(new Set(callers).size).toBe(2);
    await t.signedIn("apiCrm");
    expect(await driven(id)).toBe("revoked");
  });

  test("a lead's waits for the lead, says so, and borrows nobody's credential", async () => {
    // The right to revoke is the lead's; the owner being signed in must not stand in for it.
    const { id, value } = await minted();
    const lead = await t.signedIn("leadSales");
    const { userName, password } = t.passwordOf("ann");
    await t.pass(1);
    await connect(lead, { portal: "sim", username: userName, password });
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 503, count: 3 });
    const answer = await revoke(lead, id);
    await disconnect(await t.again(lead), { id: lead.session.connections[0]?.id ?? "" });
    await t.portal.clearCalls();
    for (let i = 0; i < 3; i += 1) {
      await t.pass(minutes(1));
      await t.work();
    }
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);
    expect(await exists(value)).toBe(true);
    expect(await getOperation(lead, { id: answer.operationId })).toMatchObject({
      state: "checking",
      waitingFor: "lena.lead@demo.example",
      items: [{ error: "connection_ended" }],
    });
    await t.signedIn("leadSales");
    expect(await driven(id)).toBe("revoked");
  });

  test("a token that revokes itself is not called revoked until somebody can see it", async () => {
    const { ctx, id, value } = await minted();
    await signOut(ctx);
    const { sid } = await signIn(t.visitor(), { portal: "sim", apiToken: value });
    const itself = await t.again({ ...ctx, sid });
    const answer = await revoke(itself, id);
    expect(await exists(value)).toBe(false);
    expect(answer).toMatchObject({ state: "revoking", receipt: { acceptedAt: expect.any(String) } });
    await t.signedIn("apiCrm");
    expect(await driven(id)).toBe("revoked");
  });

  const lostAnswers: [string, FaultInput][] = [
    ["lost, and asked for again at once", { endpoint: "revoke", kind: "reset-after" }],
    ["lost for good", { endpoint: "revoke", kind: "hang", effect: true }],
  ];
  test.each(lostAnswers)(
    "a stranger's token, deleted, with the answer %s: revoked, not unknown",
    async (_, fault) => {
      const { ctx } = await minted();
      await signOut(ctx);
      const value = only(await t.portal.addTokens(user, { prefixed: 1 }));
      const lead = await t.signedIn("leadSales");
      await t.portal.addFault(fault);
      const answer = await t.finish(
        revokeByValue(lead, { portal: "sim", token: value, reason: "compromised" }),
      );
      expect(await exists(value)).toBe(false);
      await t.pass(minutes(1));
      await t.work();
      expect(await stateOf(lead, answer)).toBe("done");
      expect(await status(fingerprint(t.desk.keys, "sim", value))).toBe("revoked");
    },
  );

  test("strangers' revocations do not wait for each other", async () => {
    await minted();
    const [slow = "", quick = ""] = await t.portal.addTokens(user, { prefixed: 2 });
    const lead = await t.signedIn("leadSales");
    await t.portal.addFault({ endpoint: "revoke", kind: "hang" });
    const first = revokeByValue(lead, { portal: "sim", token: slow, reason: "compromised" });
    await t.portal.waitForCalls({ endpoint: "revoke", finished: false }, 1);
    const second = await revokeByValue(lead, { portal: "sim", token: quick, reason: "compromised" });
    expect(second.state).toBe("revoked");
    await t.finish(first);
  });
});
