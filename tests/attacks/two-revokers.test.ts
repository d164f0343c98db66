import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hours, minutes } from "@/lib/server/clock";
import type { SessionContext } from "@/lib/server/services/context";
import { retryOperation } from "@/lib/server/services/operations/retry";
import { driveRevocations } from "@/lib/server/services/operations/run-revoke";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { itemsOf } from "@/lib/server/store/operations";
import { tokenById } from "@/lib/server/store/tokens";
import { engines } from "../support/desk";
import { codeOf, type HeldDesk, mint, only, startHeldDesk, trail } from "../support/held-desk";
import { mintKnown } from "./support/known-token";

/*
 * Two people revoke one token, or the same tokens, at the same time, and one of them may be there to be in the way. Whoever
 * gets the later reply must not undo what is proven, take the credit for it, or have a living token called revoked.
 */
describe.each(engines)("of two who revoke one token, on %s,", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());
  beforeEach(async () => {
    await t.portal.clearFaults();
    await t.pass(minutes(40));
  });

  const user = "api-crm@demo.example";
  const lena = "lena.lead@demo.example";
  const stranger = "ann@demo.example";
  const list = (ctx: SessionContext) => t.finish(listTokens(ctx, {}));
  const paste = (ctx: SessionContext, token: string) =>
    t.finish(revokeByValue(ctx, { portal: "sim", token, reason: "unused" }));
  const rounds = async (count: number, ms = minutes(1)) => {
    for (let i = 0; i < count; i += 1) {
      await t.pass(ms);
      await t.work();
    }
  };
  async function leaked() {
    const owner = await t.signedIn("apiCrm");
    return { owner, ...only(await mintKnown(t, owner, "Leaked")) };
  }
  const outcomes = async (id: string) =>
    (await trail(t))
      .filter(
        ({ action, target, result }) =>
          action === "token.revoke" && target?.tokenId === id && result !== "intent",
      )
      .map(({ actor, result }) => `${actor.userName} ${result}`)
      .sort();
  /** The lead's DELETE hangs, as a promise that is answered when the test says so. */
  async function held(id: string) {
    const lead = await t.signedIn("leadSales");
    await list(lead);
    const real = t.desk.portal.revokeToken;
    let answer = () => {};
    const gate = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const sent = new Promise<void>((resolve) => {
      t.desk.portal.revokeToken = async (...args) => {
        t.desk.portal.revokeToken = real;
        resolve();
        await gate;
        return real.apply(t.desk.portal, args);
      };
    });
    const first = codeOf(revokeToken(lead, { id, reason: "unused" }));
    await sent;
    return { answer, first };
  }

  test.each([403, 404])(
    "who is answered late, by %i, undoes nothing, and each has one outcome",
    async (status) => {
      const { owner, id } = await leaked();
      const { answer, first } = await held(id);
      expect((await t.finish(revokeToken(owner, { id, reason: "compromised" }))).state).toBe("revoked");
      await t.portal.addFault({ endpoint: "revoke", kind: "status", status, count: null, userName: lena });
      answer();
      await t.finish(first);
      await rounds(2);
      expect(await outcomes(id)).toEqual([`${user} ok`, `${lena} ok`]);
      expect(await tokenById(t.desk.db, id)).toMatchObject({ status: "revoked", revoked_by: user });
    },
  );

  // The token answers 401 because its user is disabled for a while.
  test("a stranger's lost reply and a 404 do not make a living token a revoked one", async () => {
    const { id, value } = await leaked();
    const thief = await t.signedIn("ann");
    await t.portal.addFault({ endpoint: "revoke", userName: stranger, kind: "reset-before", count: 3 });
    await codeOf(paste(thief, value));
    await t.portal.clearFaults();
    await t.portal.addFault({
      endpoint: "revoke",
      userName: stranger,
      kind: "status",
      status: 404,
      count: null,
    });
    await t.portal.changeUser(user, { enabled: false });
    await rounds(2);
    await t.portal.changeUser(user, { enabled: true });
    expect((await t.portal.user(user)).tokens).toContain(value);
    expect(await tokenById(t.desk.db, id)).toMatchObject({ status: "active" });
    expect((await tokenById(t.desk.db, id))?.sealed_value).not.toBeNull();
  });

  test("a stranger who is told yes for nothing gets no credit for what the owner did", async () => {
    const { owner, id, value } = await leaked();
    const thief = await t.signedIn("ann");
    const yes = { kind: "status", status: 200, body: "true", count: null } as const;
    await t.portal.addFault({ endpoint: "revoke", userName: stranger, ...yes });
    await paste(thief, value);
    await t.portal.addFault({ endpoint: "revoke", userName: user, kind: "reset-after", count: 3 });
    await t.finish(revokeToken(owner, { id, reason: "compromised" }));
    await rounds(3);
    expect(await tokenById(t.desk.db, id)).toMatchObject({
      status: "revoked",
      revoked_by: user,
      revoke_reason: "compromised",
    });
  });

  test("a wish whose person is gone ends within a day, and its sealed value with it", async () => {
    const { value } = await leaked();
    const thief = await t.signedIn("ann");
    await t.portal.addFault({
      endpoint: "revoke",
      userName: stranger,
      kind: "status",
      status: 500,
      count: null,
    });
    const { operationId } = await paste(thief, value);
    await t.portal.clearFaults();
    await rounds(26, hours(1));
    expect((await itemsOf(t.desk.db, operationId))[0]).toMatchObject({ state: "failed", sealed_value: null });
  });

  test("what is over is never put off again, by a retry or by whoever drives it", async () => {
    const ben = await t.signedIn("ben");
    await t.portal.addTokens("ben@demo.example", { prefixed: 30 });
    await t.pass();
    const ids = (await list(ben)).items.flatMap(({ id, status }) => (status === "unclaimed" ? id : []));
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 500, count: null });
    const { operationId } = await t.finish(revokeTokens(ben, { ids, reason: "compromised" }));
    await rounds(2);
    await t.portal.clearFaults();
    await t.pass(minutes(1));
    let isDone = false;
    const worked = t.work().finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await codeOf(retryOperation(ben, { id: operationId }));
      // SQLite answers without waiting: the worker would get no turn.
      await setImmediate();
    }
    await worked;
    await rounds(2);
    const items = await itemsOf(t.desk.db, operationId);
    expect(items.filter(({ state }) => state !== "done")).toEqual([]);
    expect(items.filter(({ next_try_at }) => next_try_at !== null)).toEqual([]);
  });

  test("and the same selection: neither waits for the other in a circle", async () => {
    const owners = [await t.signedIn("apiCrm"), await t.signedIn("apiDialer")];
    const ids: string[] = [];
    for (const owner of owners) ids.push(...(await mint(owner, "Both", 20)).map(({ id }) => id));
    const operations: string[] = [];
    for (const key of ["leadSales", "super"]) {
      const { operationId } = await t.finish(revokeTokens(await t.signedIn(key), { ids, reason: "unused" }));
      operations.push(operationId);
    }
    const bugs: unknown[] = [];
    const { error } = t.desk.log;
    t.desk.log.error = ((about: unknown) => bugs.push(about)) as typeof error;
    const [a = [], b = []] = await Promise.all(operations.map((id) => itemsOf(t.desk.db, id)));
    await t.finish(
      driveRevocations(t.desk, [...a.slice(0, 20), ...b.slice(20), ...b.slice(0, 20), ...a.slice(20)]),
    );
    t.desk.log.error = error;
    expect(bugs).toEqual([]);
    await rounds(1);
    for (const id of operations)
      expect(new Set((await itemsOf(t.desk.db, id)).map(({ state }) => state))).toEqual(new Set(["done"]));
  });

  test("a lead whose people cannot be asked just now is not told that there is no such token", async () => {
    const { id } = await leaked();
    const lead = await t.signedIn("leadSales");
    await list(lead);
    // So long ago that it says nothing of now.
    await t.pass(minutes(16));
    await t.portal.addFault({ endpoint: "who", kind: "status", status: 429, retryAfter: "60", count: 1 });
    const late = await t.finish(t.again(lead));
    expect(await codeOf(t.finish(revokeToken(late, { id, reason: "compromised" })))).toBe("portal_limited");
    await t.pass(minutes(2));
    const back = await t.finish(t.again(lead));
    expect((await t.finish(revokeToken(back, { id, reason: "compromised" }))).state).toBe("revoked");
  });

  test("and an owner's is taken while the portal asks for a long pause", async () => {
    const { owner, id } = await leaked();
    await t.portal.addFault({ endpoint: "any", kind: "status", status: 429, retryAfter: "600", count: null });
    await t.pass(minutes(8));
    await t.finish(t.again(owner));
    await t.pass(minutes(8));
    const late = await t.finish(t.again(owner));
    expect((await t.finish(revokeToken(late, { id, reason: "compromised" }))).state).toBe("revoking");
    await t.portal.clearFaults();
    await rounds(7);
    expect(await tokenById(t.desk.db, id)).toMatchObject({ status: "revoked" });
  });
});
