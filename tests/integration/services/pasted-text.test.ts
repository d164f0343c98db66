import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { connect } from "@/lib/server/services/connections/connect";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { stepUp } from "@/lib/server/services/sessions/step-up";
import { identifyToken } from "@/lib/server/services/tokens/identify";
import { listTokens } from "@/lib/server/services/tokens/list";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { engines } from "../../support/desk";
import { codeOf, connectionOf, type HeldDesk, only, startHeldDesk, trail } from "../../support/held-desk";

/** What people paste where a token is asked for: the whole header, the wrong line, the password. */
describe.each(engines)("a text pasted as a token on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  beforeEach(() => t.renew());
  afterAll(() => t?.stop());

  const curl = (value: string) =>
    `curl -H "X-Auth-Token: ${value}" https://portal.example/api/v1/admin/users`;
  const wrapped = (value: string) => `> ${value.slice(0, 24)}\n> ${value.slice(24)}`;
  const noToken = [
    "Sommer2026!",
    "please revoke the one of billing",
    "Bearer",
    "aws80:c235…c0a9",
    "rcx_Zm9vYmFy",
  ];
  const several = `${randomUUID()}, ${randomUUID()}`;

  type Given = { text: string; asIs?: true };
  /** Every service that takes a token. */
  const takers: [string, (ctx: SessionContext & { sid: string }, given: Given) => Promise<unknown>][] = [
    ["signing in", (_, { text, asIs }) => signIn(t.visitor(), { portal: "sim", apiToken: text, asIs })],
    ["connecting", (ctx, { text, asIs }) => connect(ctx, { portal: "sim", apiToken: text, asIs })],
    [
      "stepping up",
      (ctx, { text, asIs }) => stepUp(ctx, { connectionId: connectionOf(ctx).id, apiToken: text, asIs }),
    ],
    ["identifying", (ctx, { text, asIs }) => identifyToken(ctx, { token: text, asIs })],
    [
      "revoking",
      (ctx, { text, asIs }) =>
        revokeByValue(ctx, { portal: "sim", token: text, reason: "compromised", asIs }),
    ],
  ];

  test.each(takers)("%s sends nothing of one without a token, or with several", async (_, take) => {
    const ctx = await t.signedIn("leadSales");
    await listTokens(ctx, {});
    await t.portal.clearCalls();
    for (const text of noToken) expect(await codeOf(take(ctx, { text }))).toBe("not_a_token");
    for (const asIs of [undefined, true] as const)
      expect(await codeOf(take(ctx, { text: several, asIs }))).toBe("several_tokens");
    for (const text of ["two words", "line\nbreak", "ä", "\u0000"])
      expect(await codeOf(take(ctx, { text, asIs: true }))).toBe("token_unusable");
    expect(await t.portal.calls()).toEqual([]);
    expect(await t.desk.db.selectFrom("operations").selectAll().execute()).toEqual([]);
    const kept = JSON.stringify(await trail(t));
    expect([...noToken.slice(0, 2), several.slice(0, 36)].filter((text) => kept.includes(text))).toEqual([]);
  });

  test.each(takers)("%s counts no text without a token as a wrong try", async (_, take) => {
    const ctx = await t.signedIn("leadSales");
    for (let times = 0; times < 8; times += 1)
      expect(await codeOf(take(ctx, { text: "Sommer2026!" }))).toBe("not_a_token");
    await t.signedIn("leadSales");
    await signIn(t.visitor(), { portal: "sim", apiToken: t.simulator.seed.user("apiCrm").tokens[0] ?? "" });
  });

  test.each<[string, (value: string) => string]>([
    ["a command", curl],
    ["a header", (value) => `Authorization: Bearer ${value}`],
    ["capitals", (value) => value.toUpperCase()],
    ["two lines", wrapped],
    ["invisible signs", (value) => `\u200b${value.slice(0, 9)}\u00ad${value.slice(9)}`],
  ])("is read out of %s, by everything that takes one", async (_, surround) => {
    const value = only(await t.portal.addTokens(t.passwordOf("apiCrm").userName, { prefixed: 1 }));
    const text = surround(value);
    const crm = await t.signedInWith(text);
    expect(connectionOf(crm)).toMatchObject({ userName: "api-crm@demo.example", provedBy: "token" });
    await stepUp(crm, { connectionId: connectionOf(crm).id, apiToken: text });
    await listTokens(crm, {});
    expect((await identifyToken(crm, { token: text })).items).toHaveLength(1);
    const lead = await t.signedIn("leadSales");
    expect(await connect(lead, { portal: "sim", apiToken: text })).toMatchObject({ provedBy: "token" });
    const sent = await revokeByValue(lead, { portal: "sim", token: text, reason: "compromised" });
    expect(sent.state).toBe("revoked");
    expect((await t.portal.state()).users.some(({ tokens }) => tokens.includes(value))).toBe(false);
  });

  test("guesses at one token are one account, whatever surrounds it", async () => {
    const value = `aws80:${randomUUID()}`;
    const tries = [value, curl(value), wrapped(value), value.toUpperCase(), ` ${value}`, `x ${value} y`];
    const codes = [];
    for (const apiToken of tries) codes.push(await codeOf(signIn(t.visitor(), { portal: "sim", apiToken })));
    expect(codes.slice(0, 5)).toEqual(Array(5).fill("invalid_credentials"));
    expect(codes[5]).toBe("throttled");
  });

  test("whatever stands before the colon, the token that the caller may see is meant", async () => {
    const crm = await t.signedIn("apiCrm");
    const [bare, prefixed] = [randomUUID(), randomUUID()];
    await t.portal.addTokens(crm.session.user.userName, {
      values: [bare, `aws80:${prefixed}`],
    });
    await t.pass();
    await listTokens(crm, {});
    for (const before of ["old:", "token:", "X-Auth-Token:", "aws80:"]) {
      const { items } = await identifyToken(crm, { token: before + bare });
      expect(items).toHaveLength(before === "aws80:" ? 0 : 1);
    }
    // Double clicked, it was copied without its prefix.
    expect((await identifyToken(crm, { token: prefixed })).items).toHaveLength(1);
    expect(await revokeByValue(crm, { portal: "sim", token: `old:${bare}`, reason: "other" })).toMatchObject({
      state: "revoked",
    });
  });

  test("whatever a token is called in a text, the one that lives is signed in with and revoked", async () => {
    const made = () => randomUUID();
    const [one, two, three, four] = [made(), made(), made(), made()];
    const values = [one, `aws80:${two}`, `token:${three}`, four.toUpperCase()];
    await t.portal.addTokens(t.passwordOf("apiDialer").userName, { values });
    const lead = await t.signedIn("leadSales");
    for (const token of [`old:${one}`, two, `Staging:\n${two}`, `token:${three}`, four.toUpperCase()]) {
      const { session } = await t.signedInWith(token);
      expect(session.user.userName).toBe("api-dialer@demo.example");
    }
    for (const token of [`old:${one}`, `crm:${two}`, `token:${three}`, four.toUpperCase()]) {
      const pasted = { portal: "sim", token, reason: "compromised" } as const;
      expect(await t.finish(revokeByValue(lead, pasted))).toMatchObject({ state: "revoked" });
    }
    const left = (await t.portal.state()).users.flatMap(({ tokens }) => tokens);
    expect(values.filter((value) => left.includes(value))).toEqual([]);
  });

  test("nothing is called revoked that was not meant, whatever the portal fails at", async () => {
    const bare = randomUUID();
    await t.portal.addTokens(t.passwordOf("apiDialer").userName, { values: [bare] });
    const lead = await t.signedIn("leadSales");
    const pasted = { portal: "sim", token: `old:${bare}`, reason: "compromised" } as const;
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 503 });
    expect(await t.finish(revokeByValue(lead, pasted))).toMatchObject({ state: "revoked" });
    expect((await t.portal.state()).users.some(({ tokens }) => tokens.includes(bare))).toBe(false);
  });

  test("while the portal is away it waits, in every way that it may be meant", async () => {
    const bare = randomUUID();
    await t.portal.addTokens(t.passwordOf("apiDialer").userName, { values: [`aws80:${bare}`] });
    const lead = await t.signedIn("leadSales");
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 503, count: null });
    const pasted = { portal: "sim", token: bare, reason: "compromised" } as const;
    const answer = await t.finish(revokeByValue(lead, pasted));
    expect(answer).toMatchObject({ state: "revoking", receipt: {} });
    await t.portal.clearFaults();
    await t.pass(minutes(1));
    await t.work();
    expect((await t.portal.state()).users.some(({ tokens }) => tokens.includes(`aws80:${bare}`))).toBe(false);
    const { items } = await getOperation(lead, { id: answer.operationId });
    expect(items.map(({ state }) => state)).toContain("done");
  });

  test("a portal that does not say which lives keeps no revocation waiting", async () => {
    const bare = randomUUID();
    await t.portal.addTokens(t.passwordOf("apiDialer").userName, { values: [`aws80:${bare}`] });
    const lead = await t.signedIn("leadSales");
    await listTokens(lead, {});
    await t.portal.addFault({ endpoint: "users", kind: "hang", count: null });
    const begun = t.clock.now();
    await t.finish(revokeByValue(lead, { portal: "sim", token: bare, reason: "compromised" }));
    expect(t.clock.now() - begun).toBeLessThanOrEqual(seconds(15));
    expect((await t.portal.state()).users.some(({ tokens }) => tokens.includes(`aws80:${bare}`))).toBe(false);
  });

  test("a value that the portal does not know is asked for once to be deleted", async () => {
    const lead = await t.signedIn("leadSales");
    await listTokens(lead, {});
    await t.portal.clearCalls();
    const unknown = { portal: "sim", token: `aws80:${randomUUID()}`, reason: "compromised" } as const;
    expect(await codeOf(t.finish(revokeByValue(lead, unknown)))).toBe("not_found");
    expect(await t.portal.calls({ endpoint: "revoke" })).toHaveLength(1);
    // A disabled user's tokens answer 401 as well, and are there.
    const bare = randomUUID();
    const { userName } = t.passwordOf("apiDialer");
    await t.portal.addTokens(userName, { values: [bare] });
    await t.portal.changeUser(userName, { enabled: false });
    const pasted = { ...unknown, token: `old:${bare}` };
    expect(await t.finish(revokeByValue(lead, pasted))).toMatchObject({ state: "revoked" });
    await t.portal.changeUser(userName, { enabled: true });
  });

  test("a token of an unforeseen form is one where somebody says so", async () => {
    const value = `rcx_${randomUUID().replaceAll("-", "")}`;
    const { userName } = t.passwordOf("apiCrm");
    await t.portal.addTokens(userName, { values: [value] });
    const crm = await t.signedIn("apiCrm");
    await listTokens(crm, {});
    expect((await identifyToken(crm, { token: ` ${value}\n`, asIs: true })).items).toHaveLength(1);
    const { sid } = await signIn(t.visitor(), { portal: "sim", apiToken: value, asIs: true });
    expect(sid).toBeDefined();
    const pasted = { portal: "sim", token: value, reason: "compromised" } as const;
    expect(await codeOf(revokeByValue(crm, pasted))).toBe("not_a_token");
    expect(await revokeByValue(crm, { ...pasted, asIs: true })).toMatchObject({ state: "revoked" });
  });

  test("no text that is kept has a token in it, however it is written", async () => {
    const crm = await t.signedIn("apiCrm");
    const [value = ""] = t.simulator.seed.user("apiCrm").tokens;
    const token = (await listTokens(crm, {})).items[0];
    for (const text of [
      value,
      value.toUpperCase(),
      encodeURIComponent(value),
      value.replace("-", "\u2011"),
      `_${value}_`,
      `${value.slice(0, 19)}\n${value.slice(19)}`,
    ])
      expect(await codeOf(patchToken(crm, { id: token?.id ?? "", patch: { notes: `it is ${text}` } }))).toBe(
        "token_in_text",
      );
  });
});
