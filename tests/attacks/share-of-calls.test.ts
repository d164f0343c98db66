import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { fingerprint } from "@/lib/server/crypto";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { driveDueRevocations } from "@/lib/server/services/operations/resume";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { checkToken } from "@/lib/server/services/tokens/check";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { engines } from "../support/desk";
import { codeOf, type HeldDesk, mint, startHeldDesk } from "../support/held-desk";

/*
 * The portal takes 120 calls a minute from everybody behind the desk together. Somebody with an account who asks for as
 * much as they can would have the others wait for minutes while their leaked tokens live.
 */
describe.each(engines)("whoever takes all the calls they can, on %s,", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine, { env: { TOKENDESK_PORTAL_CALLS_PER_MINUTE: "100" } });
  });
  afterAll(() => t?.stop());
  // A minute in which nobody asked for anything.
  beforeEach(() => t.pass(minutes(10)));

  const random = () => `aws80:${randomUUID()}`;
  const paste = (ctx: SessionContext, token = random()) =>
    revokeByValue(ctx, { portal: "sim", token, reason: "compromised" });
  /** What a task comes to, and how long it took by the desk's clock. */
  async function timed<T>(task: Promise<T>): Promise<{ value: T; ms: number }> {
    const started = t.clock.monotonic();
    const value = await t.finish(task);
    return { value, ms: t.clock.monotonic() - started };
  }
  const leaked = async (ctx: SessionContext, label = "Leaked") => {
    const id = (await mint(ctx, label))[0]?.id ?? "";
    await t.pass();
    await t.finish(listTokens(ctx, {}));
    return id;
  };

  test("with values that nobody knows: has a few looked at, the rest taken and left for later", async () => {
    const hog = await t.signedIn("ann");
    await t.portal.clearCalls();
    const answers: string[] = [];
    for (let i = 0; i < 20; i += 1)
      answers.push(
        await t.finish(paste(hog)).then(
          ({ state }) => state,
          (error: { code?: string }) => error.code ?? "",
        ),
      );
    expect(answers.slice(0, 5)).toEqual(Array(5).fill("not_found"));
    expect(answers.slice(5)).toEqual(Array(15).fill("revoking"));
    expect((await t.portal.calls({ endpoint: "revoke" })).length).toBe(5);
  });

  test("with values that nobody knows: keeps no known token waiting", async () => {
    const owner = await t.signedIn("apiCrm");
    const ids = [await leaked(owner), await leaked(owner)];
    const hog = await t.signedIn("ann");
    const asked = Array.from({ length: 200 }, () => paste(hog).catch(() => undefined));
    const first = await timed(revokeToken(owner, { id: ids[0] ?? "", reason: "compromised" }));
    expect(first.value.state).toBe("revoked");
    expect(first.ms).toBeLessThan(seconds(2));
    await t.finish(Promise.all(asked));
    // And those that wait take no turn of a later one.
    await t.pass(seconds(30));
    const worked = t.work();
    const second = await timed(revokeToken(owner, { id: ids[1] ?? "", reason: "unused" }));
    expect(second.value.state).toBe("revoked");
    expect(second.ms).toBeLessThan(seconds(2));
    await worked;
  });

  test("with a large revocation of known tokens: what leaked goes first", async () => {
    const ctx = await t.signedIn("apiCrm");
    await t.portal.addTokens("ben@demo.example", { prefixed: 90 });
    const ben = await t.signedIn("ben");
    const all = (await t.finish(listTokens(ben, {}))).items.map(({ id }) => id);
    const { operationId } = await t.finish(revokeTokens(ben, { ids: all, reason: "unused" }));
    await t.work();
    const id = await leaked(ctx);
    const worked = t.work();
    const answer = await timed(revokeToken(ctx, { id, reason: "compromised" }));
    expect(answer.value.state).toBe("revoked");
    expect(answer.ms).toBeLessThan(seconds(2));
    await worked;
    // Their own goes on meanwhile, within their share: each is deleted once, and proved by its owner's list.
    await t.portal.clearCalls();
    const isDone = async () => (await getOperation(ben, { id: operationId })).state === "done";
    expect(await workFor(minutes(5), isDone)).toBeLessThan(minutes(5));
    const { total } = await getOperation(ben, { id: operationId });
    expect((await t.portal.calls({ endpoint: "revoke" })).length).toBeLessThanOrEqual(total);
  });

  /** The worker as it runs: a round, then a second. */
  async function workFor(ms: number, isOver: () => Promise<boolean> = async () => false) {
    const started = t.clock.monotonic();
    while (t.clock.monotonic() - started < ms && !(await isOver())) {
      await t.work();
      await t.pass(seconds(1));
    }
    return t.clock.monotonic() - started;
  }
  const idsOf = async (ctx: SessionContext) =>
    (await t.finish(listTokens(ctx, {}))).items.map(({ id }) => id);

  test("with 1,500 that they call compromised: keeps nobody's selection waiting", async () => {
    await t.portal.addTokens("rosa.super@demo.example", { prefixed: 1500 });
    const [rosa, dialer] = [await t.signedIn("super"), await t.signedIn("apiDialer")];
    const own = (await t.finish(listTokens(rosa, {}))).items.filter(({ connectionId }) => connectionId);
    const ids = own.map(({ id }) => id).slice(0, 1500);
    const [one = ""] = await idsOf(dialer);
    await t.pass(minutes(2));
    await t.finish(revokeTokens(rosa, { ids, reason: "compromised" }));
    await t.work();
    const { operationId } = await t.finish(revokeTokens(dialer, { ids: [one], reason: "unused" }));
    const isDone = async () => (await getOperation(dialer, { id: operationId })).state === "done";
    expect(await workFor(minutes(2), isDone)).toBeLessThan(seconds(10));
    await t.desk.db.deleteFrom("operation_items").where("operation_id", "<>", operationId).execute();
  });

  test("with a slow answer to each of theirs: keeps nobody's selection waiting", async () => {
    const [hog, owner] = [await t.signedIn("cleo"), await t.signedIn("apiReports")];
    await t.portal.addTokens("cleo@demo.example", { prefixed: 20 });
    await t.pass();
    const ids = await idsOf(hog);
    const [one = ""] = await idsOf(owner);
    await t.finish(revokeTokens(hog, { ids, reason: "compromised" }));
    await t.portal.addFault({ endpoint: "revoke", kind: "hang", count: null, userName: "cleo@demo.example" });
    const slow = driveDueRevocations(t.desk);
    await t.portal.waitForCalls({ endpoint: "revoke", userName: "cleo@demo.example", finished: false }, 1);
    const { operationId } = await t.finish(revokeTokens(owner, { ids: [one], reason: "unused" }));
    // The worker begins a round each second, whatever the last one still waits for.
    await driveDueRevocations(t.desk);
    expect((await getOperation(owner, { id: operationId })).state).toBe("done");
    await t.portal.clearFaults();
    await t.finish(slow);
    await workFor(minutes(2));
  });

  test("as a thief by the owner's leaked token: takes none of the owner's share", async () => {
    const owner = await t.signedIn("apiCrm");
    const id = await leaked(owner);
    const { tokens } = await t.portal.user("api-crm@demo.example");
    const value = tokens.find((one) => fingerprint(t.desk.keys, "sim", one) === id) ?? "";
    await t.portal.addTokens("api-crm@demo.example", { prefixed: 15 });
    const thief = await t.signedInWith(value);
    await t.pass();
    const { items } = await t.finish(listTokens(thief, {}));
    const others = items.flatMap((token) => (token.status === "unclaimed" ? token.id : [])).slice(0, 12);
    await t.pass(minutes(2));
    for (const one of others) await t.finish(codeOf(revokeToken(thief, { id: one, reason: "compromised" })));
    expect((await t.finish(revokeToken(owner, { id, reason: "compromised" }))).state).toBe("revoked");
  });

  test("what turns out to have leaked does not wait in one's own large selection", async () => {
    await t.portal.addTokens("omar.lead@demo.example", { prefixed: 90 });
    const omar = await t.signedIn("leadSupport");
    const own = (await t.finish(listTokens(omar, {}))).items.filter(({ connectionId }) => connectionId);
    const ids = own.map(({ id }) => id);
    await t.finish(revokeTokens(omar, { ids, reason: "unused" }));
    await t.work();
    await t.pass(seconds(61));
    const answer = await t.finish(revokeToken(omar, { id: ids.at(-1) ?? "", reason: "compromised" }));
    expect(answer.state).toBe("revoked");
    await workFor(minutes(5));
  });

  test("a lead's values that the desk has not seen are revoked, and said to be", async () => {
    const values = await t.portal.addTokens("cleo@demo.example", { prefixed: 3 });
    const lead = await t.signedIn("leadSupport");
    const operations: string[] = [];
    for (const value of values) operations.push((await t.finish(paste(lead, value))).operationId);
    await workFor(minutes(5));
    const { tokens } = await t.portal.user("cleo@demo.example");
    expect(values.filter((value) => tokens.includes(value))).toEqual([]);
    for (const id of operations) expect((await getOperation(lead, { id })).state).toBe("done");
  });

  test("an own value that the desk has not seen yet is a known one", async () => {
    const owner = await t.signedIn("apiDialer");
    const values = await t.portal.addTokens("api-dialer@demo.example", { prefixed: 8 });
    await t.pass();
    for (const value of values) expect((await t.finish(paste(owner, value))).state).toBe("revoked");
  });

  test("with calls of every other kind: leaves some for whoever comes next", async () => {
    const hog = await t.signedIn("ann");
    const id = (await t.finish(listTokens(hog, {}))).items[0]?.id ?? "";
    const checks: string[] = [];
    for (let i = 0; i < 100; i += 1)
      checks.push(
        await t.finish(checkToken(hog, { id })).then(
          ({ result }) => result,
          (error: { code?: string }) => error.code ?? "",
        ),
      );
    expect(checks.at(-1)).toMatch(/^(unknown|portal_limited)$/);
    const other = await t.signedIn("cleo");
    const view = await t.finish(listTokens(other, {}));
    expect(view.stale).toBe(false);
  });

  test("with sign-ins from one address: leaves some for every other", async () => {
    const wrong = (n: number) =>
      codeOf(
        t.finish(
          signIn(t.visitor("198.51.100.1"), {
            portal: "sim",
            username: `nobody${n}@demo.example`,
            password: "hunter2-wrong",
          }),
        ),
      );
    const codes: string[] = [];
    for (let n = 0; n < 45; n += 1) codes.push(await wrong(n));
    expect(codes).toContain("portal_limited");
    expect((await t.signedIn("cleo")).session.user.userName).toBe("cleo@demo.example");
  });

  test("is who their own tokens wait behind, and nobody else's", async () => {
    const [ann, owner] = [await t.signedIn("ann"), await t.signedIn("apiCrm")];
    const id = await leaked(owner);
    const value = (await t.portal.user("api-crm@demo.example")).tokens.at(-1) ?? "";
    expect(fingerprint(t.desk.keys, "sim", value)).toBe(id);
    // The hog knows the owner's value too, and asks for it over and over.
    for (let i = 0; i < 30; i += 1) await codeOf(t.finish(paste(ann, value)));
    const answer = await timed(paste(owner, value));
    expect(answer.value.state).toBe("revoked");
    expect(answer.ms).toBeLessThan(seconds(2));
  });
});
