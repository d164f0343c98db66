import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { minutes } from "@/lib/server/clock";
import { fingerprint } from "@/lib/server/crypto";
import { log } from "@/lib/server/log";
import { connect } from "@/lib/server/services/connections/connect";
import type { SessionContext } from "@/lib/server/services/context";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { stepUp } from "@/lib/server/services/sessions/step-up";
import { checkToken } from "@/lib/server/services/tokens/check";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { identifyToken } from "@/lib/server/services/tokens/identify";
import { listTokens } from "@/lib/server/services/tokens/list";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import type { Schema } from "@/lib/server/store/schema";
import { engines } from "../../support/desk";
import {
  breakAudit,
  codeOf,
  connectionOf,
  type HeldDesk,
  mint,
  startHeldDesk,
  trail,
} from "../../support/held-desk";
import { formsOf, foundIn } from "./secret-forms";

/** The promises of the README that live on the server, each by its number and name. */
describe.each(engines)("the desk on %s promises", (engine) => {
  let t: HeldDesk;
  afterEach(() => t?.stop());

  const tables: (keyof Schema)[] = [
    "meta",
    "owners",
    "sessions",
    "connections",
    "tokens",
    "operations",
    "operation_items",
    "audit",
    "audit_head",
    "sign_in_failures",
  ];
  /** Everything that the store holds: each row of each table, and the bytes of the files where there are any. */
  const dump = async () => {
    const rows = await Promise.all(tables.map((table) => t.desk.db.selectFrom(table).selectAll().execute()));
    const files = engine === "sqlite" ? readdirSync(t.env.dataDir).filter((name) => name !== "secret") : [];
    const bytes = files.map((name) => readFileSync(join(t.env.dataDir, name), "latin1"));
    return `${JSON.stringify(rows)}\n${bytes.join("\n")}`;
  };
  const secretsOfPortal = async () => {
    const { users } = await t.portal.state();
    return users.flatMap(({ password, tokens, authTokens }) => [
      password,
      ...tokens,
      ...authTokens.map(({ value }) => value),
    ]);
  };

  test("2: the desk's database is not worth stealing", async () => {
    t = await startHeldDesk(engine);
    const printed = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
    const { level } = log();
    log().level = "trace";
    const secrets = new Set(await secretsOfPortal());
    const remember = async () => {
      for (const secret of await secretsOfPortal()) secrets.add(secret);
    };

    const ctx = await t.signedIn("apiCrm");
    await t.signedIn("leadSales");
    await t.pass(1);
    await connect(ctx, { portal: "sim", apiToken: t.simulator.seed.user("apiDialer").tokens[0] ?? "" });
    await remember();
    const both = await t.again(ctx);
    await listTokens(both, {});
    const [one, two, three] = await mint(both, "Canary", 3);
    await remember();
    const { password } = t.passwordOf("apiCrm");
    await stepUp(both, { connectionId: connectionOf(both).id, password });
    await copyToken(both, { id: one?.id ?? "", as: "env" });
    await checkToken(both, { id: one?.id ?? "" });
    await identifyToken(both, { token: t.simulator.seed.user("apiCrm").tokens[0] ?? "" });
    await patchToken(both, { id: one?.id ?? "", patch: { label: "Renamed" } });
    await revokeToken(both, { id: two?.id ?? "", reason: "rotated" });
    await t.portal.addFault({ endpoint: "revoke", kind: "false", count: null });
    await t.finish(revokeToken(both, { id: three?.id ?? "", reason: "rotated" }));
    const token = t.simulator.seed.user("apiCrm").tokens[1] ?? "";
    await t.finish(revokeByValue(both, { portal: "sim", token, reason: "compromised" }));
    // What people type into the wrong field, and what the portal refuses.
    const wrong = "Sommer2026!";
    secrets.add(wrong);
    await codeOf(signIn(t.visitor(), { portal: "sim", username: wrong, password: wrong }));
    await codeOf(signIn(t.visitor(), { portal: "sim", username: "ann@demo.example", password: wrong }));
    await codeOf(signIn(t.visitor(), { portal: "sim", apiToken: token.replace(/\d/, "0") }));
    await codeOf(stepUp(both, { connectionId: connectionOf(both).id, password: wrong }));
    await codeOf(identifyToken(both, { token: "not-a-token-of-anybody-here" }));
    await remember();
    secrets.add(both.sid);
    secrets.add(t.env.secret ?? "");

    const output = printed.mock.calls.map(([chunk]) => String(chunk)).join("");
    printed.mockRestore();
    log().level = level;
    expect(secrets.size).toBeGreaterThan(30);
    // The session's hash is what finds it; everything else must not be there in any form.
    expect(
      foundIn(
        await dump(),
        [...secrets].filter((secret) => secret !== both.sid),
      ),
    ).toEqual([]);
    expect(await dump()).not.toContain(both.sid);
    expect(output).toContain("portal call");
    expect(foundIn(output, [...secrets])).toEqual([]);
    // And the search would find them.
    for (const form of formsOf(token)) expect(foundIn(`x${form}y`, [token])).toEqual([token]);
  });

  test("3: the portal decides, and each call is the acting person's own", async () => {
    t = await startHeldDesk(engine);
    const crm = await t.signedIn("apiCrm");
    const lead = await t.signedIn("leadSales");
    const ann = await t.signedIn("ann");
    const [own, led, kept] = await mint(crm, "Whose", 3);
    const value = (await t.portal.user("api-crm@demo.example")).tokens.at(-1) ?? "";

    const callers = async (task: () => Promise<unknown>) => {
      await t.pass();
      await t.portal.clearCalls();
      await task();
      return new Set((await t.portal.calls()).map(({ userName }) => userName));
    };
    const crmName = "api-crm@demo.example";
    const annName = "ann@demo.example";
    expect(await callers(() => listTokens(crm, {}))).toEqual(new Set([crmName]));
    expect(await callers(() => mint(ann, "Ann's"))).toEqual(new Set([annName]));
    expect(await callers(() => copyToken(crm, { id: own?.id ?? "", as: "raw" }))).toEqual(new Set([crmName]));
    expect(await callers(() => listTokens(lead, {}))).toEqual(new Set(["lena.lead@demo.example"]));
    const refused = () => revokeByValue(ann, { portal: "sim", token: value, reason: "other" });
    expect(await callers(() => expect(refused()).rejects.toMatchObject({ code: "portal_refused" }))).toEqual(
      new Set([annName]),
    );
    await revokeToken(lead, { id: led?.id ?? "", reason: "compromised" });
    const deletes = await t.portal.calls({ endpoint: "revoke" });
    expect(deletes.map(({ userName }) => userName)).toEqual([annName, "lena.lead@demo.example"]);

    // Its no is final: nobody asks again, and nothing is taken from a copy instead.
    await t.portal.changeUser(crmName, { enabled: false });
    await t.pass();
    await t.portal.clearCalls();
    expect(await codeOf(copyToken(crm, { id: kept?.id ?? "", as: "raw" }))).toBe("connection_ended");
    await t.work();
    expect((await t.portal.calls()).map(({ status }) => status)).toEqual([401]);
  });

  test("4: no minted token is lost or doubled, and nothing is called revoked before it is gone", async () => {
    t = await startHeldDesk(engine);
    const user = "api-reports@demo.example";
    let ctx = await t.signedIn("apiReports");
    await listTokens(ctx, {});
    const had = (await t.portal.user(user)).tokens;
    const kinds = [
      { kind: "reset-after" },
      { kind: "truncated" },
      { kind: "status", status: 500, effect: true },
      { kind: "reset-before" },
      { kind: "hang", effect: true },
    ] as const;
    for (const [round, fault] of kinds.entries()) {
      await t.pass(minutes(3));
      await t.portal.clearCalls();
      await t.portal.addFault({ endpoint: "mint", ...fault, skip: 1 });
      await t.finish(codeOf(mint(ctx, `Round ${round}`, 3)));
      // Two were sent, whatever became of the second, and the third not at all.
      expect(await t.portal.calls({ endpoint: "mint" })).toHaveLength(2);
      if (round % 2 === 1) await t.crash();
      ctx = await t.again(ctx);
      for (let look = 0; look < 4; look += 1) {
        await t.work();
        await t.pass(minutes(1));
      }
      await t.portal.addFault({ endpoint: "revoke", ...fault });
      const [victim] = (await listTokens(ctx, { status: "active" })).items;
      await t.finish(codeOf(revokeToken(ctx, { id: victim?.id ?? "", reason: "unused" })));
      await t.portal.clearFaults();
      expect(await revokedButThere(ctx)).toEqual([]);
    }
    for (let look = 0; look < 12; look += 1) {
      await t.work();
      await t.pass(minutes(1));
    }

    const { tokens } = await t.portal.user(user);
    const { items } = await listTokens(ctx, { status: "all" });
    const alive = items.filter(({ status }) => status === "active" || status === "unclaimed");
    expect(alive).toHaveLength(tokens.length);
    // Four rounds left both of their tokens, the one that was reset before its effect left one; one each was revoked.
    expect(tokens.length - had.length).toBe(4 * 2 + 1 - 5);
    expect(items.filter(({ status }) => status === "revoked")).toHaveLength(5);
    expect(alive.filter(({ status }) => status === "unclaimed")).toHaveLength(had.length);
    expect(await revokedButThere(ctx)).toEqual([]);
  });

  test("5: what cannot be audited does not happen", async () => {
    t = await startHeldDesk(engine);
    const ctx = await t.signedIn("apiCrm");
    const [one, two] = await mint(ctx, "Unseen", 2);
    const id = one?.id ?? "";
    const { userName, password } = t.passwordOf("ann");
    const before = await t.desk.db.selectFrom("tokens").selectAll().orderBy("id").execute();
    const entries = (await trail(t)).length;
    const token = (await t.portal.user("api-crm@demo.example")).tokens.at(-1) ?? "";
    await t.portal.clearCalls();
    const mend = await breakAudit(t);
    const deeds: [string, () => Promise<unknown>][] = [
      ["mint", () => mint(ctx, "More")],
      ["copy", () => copyToken(ctx, { id, as: "raw" })],
      ["label", () => patchToken(ctx, { id, patch: { label: "Other" } })],
      ["revoke", () => revokeToken(ctx, { id, reason: "other" })],
      ["revoke a selection", () => revokeTokens(ctx, { ids: [id, two?.id ?? ""], reason: "other" })],
      ["revoke by value", () => revokeByValue(ctx, { portal: "sim", token, reason: "other" })],
      ["connect", () => connect(ctx, { portal: "sim", username: userName, password })],
      [
        "step up",
        () => stepUp(ctx, { connectionId: connectionOf(ctx).id, password: t.passwordOf("apiCrm").password }),
      ],
      ["sign in", () => signIn(t.visitor(), { portal: "sim", username: userName, password })],
      [
        "fail to sign in",
        () => signIn(t.visitor(), { portal: "sim", username: userName, password: "wrong" }),
      ],
    ];
    for (const [deed, run] of deeds) expect([deed, await codeOf(run())]).toEqual([deed, "audit_unavailable"]);
    await mend();
    await t.work();
    expect(await trail(t)).toHaveLength(entries);
    expect(await t.desk.db.selectFrom("tokens").selectAll().orderBy("id").execute()).toEqual(before);
    expect(await t.desk.db.selectFrom("sessions").select("id").execute()).toHaveLength(1);
    expect(await t.desk.db.selectFrom("connections").select("id").execute()).toHaveLength(1);
    const calls = await t.portal.calls();
    expect(calls.filter(({ endpoint }) => endpoint === "mint" || endpoint === "revoke")).toEqual([]);
  });

  /** Tokens that the desk calls revoked and the portal still has. */
  async function revokedButThere(ctx: SessionContext): Promise<string[]> {
    const { items } = await listTokens(ctx, { status: "revoked" });
    const there = (await t.portal.state()).users.flatMap(({ tokens }) => tokens);
    const ids = new Set(there.map((value) => fingerprint(t.desk.keys, "sim", value)));
    return items.map(({ id }) => id).filter((id) => ids.has(id));
  }
});
