import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hours, minutes, seconds } from "@/lib/server/clock";
import { sha256 } from "@/lib/server/crypto";
import { describeSession } from "@/lib/server/services/sessions/describe";
import { loadSession } from "@/lib/server/services/sessions/load";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { listTokens } from "@/lib/server/services/tokens/list";
import { engines } from "../../support/desk";
import {
  codeOf,
  connectionOf,
  entriesSince,
  type HeldDesk,
  only,
  startHeldDesk,
  trail,
} from "../../support/held-desk";

describe.each(engines)("signing in on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const withPassword = (username: string, password: string, ip?: string) =>
    signIn(t.visitor(ip), { portal: "sim", username, password });
  const withToken = (apiToken: string, ip?: string) => signIn(t.visitor(ip), { portal: "sim", apiToken });
  const tokenOf = (user: string) => t.simulator.seed.user(user).tokens[0] ?? "";

  test("a password opens a session with one connection, and the trail says how", async () => {
    const before = (await trail(t)).length;
    const ctx = await t.signedIn("leadSales");
    expect(describeSession(ctx)).toMatchObject({
      user: { portal: "sim", userName: "lena.lead@demo.example", fullName: "Lena Okafor" },
      admin: false,
      connections: [{ state: "live", lead: true, provedBy: "password" }],
      expiresAt: new Date(t.clock.now() + hours(12)).toISOString(),
      idleExpiresAt: new Date(t.clock.now() + minutes(30)).toISOString(),
    });
    const entry = only((await trail(t)).slice(before));
    expect(entry).toMatchObject({
      action: "session.sign_in",
      result: "ok",
      actor: { userName: "lena.lead@demo.example" },
      ip: "192.0.2.1",
      detail: { with: "password" },
    });
    expect(JSON.stringify(entry)).not.toContain(ctx.sid);
  });

  test("an API token opens one too, white space around it or not", async () => {
    const { sid } = await withToken(`  ${tokenOf("apiCrm")}\n`);
    const session = await loadSession(t.desk, sid, true);
    expect(session?.user.userName).toBe("api-crm@demo.example");
    expect(session?.connections).toMatchObject([{ provedBy: "token", state: "live" }]);
  });

  test("wrong password, unknown and disabled user, dead token: one and the same answer", async () => {
    // Otherwise an attacker learns who exists, and who left.
    const { password } = t.passwordOf("disabled");
    const answers = [
      await codeOf(withPassword("ann@demo.example", "wrong", "192.0.2.10")),
      await codeOf(withPassword("nobody@demo.example", "wrong", "192.0.2.11")),
      await codeOf(withPassword(t.passwordOf("disabled").userName, password, "192.0.2.12")),
      await codeOf(withToken("aws80:00000000-0000-0000-0000-000000000000", "192.0.2.13")),
      await codeOf(withToken(tokenOf("disabled"), "192.0.2.14")),
    ];
    expect(new Set(answers)).toEqual(new Set(["invalid_credentials"]));
  });

  test.each([400, 401, 403, 404, 409])(
    "a portal that says its no with %i gets no other answer",
    async (status) => {
      await t.portal.addFault({ endpoint: "login", kind: "status", status });
      expect(await codeOf(withPassword("ann@demo.example", "x", `192.0.2.${status % 200}`))).toBe(
        "invalid_credentials",
      );
    },
  );

  test("a failure is in the trail, without what was typed into the wrong field", async () => {
    const before = (await trail(t)).length;
    for (const name of ["hunter2 is my password", "p@ssw0rd", "a\0b@demo.example"])
      await codeOf(withPassword(name, "x", "192.0.2.20"));
    await codeOf(withPassword("ann@demo.example", "x", "192.0.2.21"));
    await codeOf(signIn(t.visitor(), { portal: "hunter3", username: "a@b.example", password: "x" }));
    const entries = (await trail(t)).slice(before);
    expect(entries.map(({ actor }) => `${actor.portal} ${actor.userName}`)).toEqual([
      "sim (not an e-mail address)",
      "sim (not an e-mail address)",
      "sim (not an e-mail address)",
      "sim ann@demo.example",
      "(unknown) a@b.example",
    ]);
    expect(entries.every(({ action }) => action === "session.sign_in_failed")).toBe(true);
    expect(JSON.stringify(entries)).not.toMatch(/hunter|ssw0rd/);
  });

  test("a portal that is not configured is no place to send a password to", async () => {
    expect(await codeOf(signIn(t.visitor(), { portal: "elsewhere", username: "a", password: "b" }))).toBe(
      "invalid_input",
    );
  });

  test("a portal in trouble has its own answers, and nobody's password was wrong", async () => {
    const { userName, password } = t.passwordOf("ben");
    for (const [fault, code] of [
      [{ kind: "status", status: 503 }, "portal_unavailable"],
      [{ kind: "status", status: 429, retryAfter: "7" }, "portal_limited"],
      [{ kind: "html", status: 200 }, "portal_not_understood"],
      [{ kind: "hang" }, "portal_timeout"],
    ] as const) {
      await t.portal.addFault({ endpoint: "login", ...fault });
      expect(await t.finish(codeOf(withPassword(userName, password)))).toBe(code);
      await t.portal.clearFaults();
      await t.pass(seconds(10));
    }
    expect(await codeOf(withPassword(userName, password))).toBe("ok");
  });

  test("the password arrives as it was typed, and nothing asks to stay signed in", async () => {
    const password = "  pä$$ w&=%00+\u{1f511} ";
    await t.portal.changeUser("cleo@demo.example", { password });
    await t.portal.clearCalls();
    expect(await codeOf(withPassword("cleo@demo.example", password))).toBe("ok");
    const call = only(await t.portal.calls({ endpoint: "login" }));
    expect(call.login).toMatchObject({ passwordMatched: true, passwordIn: "body", sentStayLoggedIn: false });
  });

  test("the store has the hash of a session's id, and what it has opens nothing", async () => {
    const ctx = await t.signedIn("ann");
    const rows = await t.desk.db.selectFrom("sessions").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(ctx.sid);
    const row = only(rows.filter(({ id }) => id === ctx.session.id));
    expect(row.sid_hash).toBe(sha256(ctx.sid));
    // Whoever steals the database must not be able to put what they find into a cookie.
    expect(await loadSession(t.desk, row.sid_hash, true)).toBeUndefined();
  });

  test("signing in again ends the browser's session before, with its credential", async () => {
    const first = await t.signedIn("ann");
    const { userName, password } = t.passwordOf("ann");
    const second = await signIn(t.visitor(), { portal: "sim", username: userName, password }, first.sid);
    expect(await loadSession(t.desk, first.sid, true)).toBeUndefined();
    expect(await loadSession(t.desk, second.sid, true)).toBeDefined();
    const { state, sealed_credential } = await connectionRow(first.session.id);
    expect({ state, sealed_credential }).toEqual({ state: "ended", sealed_credential: null });
  });

  test("signing out ends it on the server", async () => {
    const ctx = await t.signedIn("ann");
    const before = (await trail(t)).length;
    await signOut(ctx);
    expect(await loadSession(t.desk, ctx.sid, true)).toBeUndefined();
    expect((await connectionRow(ctx.session.id)).sealed_credential).toBeNull();
    expect(await entriesSince(t, before)).toEqual(["session.sign_out ok"]);
  });

  test("half an hour without a sign of life ends it, whatever runs in the background", async () => {
    const ctx = await t.signedIn("ann");
    await t.pass(minutes(20));
    expect(await loadSession(t.desk, ctx.sid, true)).toBeDefined();
    await t.pass(minutes(29));
    // A tab that polls is nobody sitting there.
    expect(await loadSession(t.desk, ctx.sid, false)).toBeDefined();
    await t.pass(minutes(1));
    const before = (await trail(t)).length;
    expect(await loadSession(t.desk, ctx.sid, false)).toBeUndefined();
    expect(await loadSession(t.desk, ctx.sid, true)).toBeUndefined();
    // On record once, though two asked.
    expect(only((await trail(t)).slice(before))).toMatchObject({
      action: "session.end",
      actor: { portal: "", userName: "Tokendesk" },
      detail: { reason: "idle" },
      target: { ownerId: ctx.session.ownerId },
    });
    await t.work();
    expect((await connectionRow(ctx.session.id)).sealed_credential).toBeNull();
  });

  test("twelve hours end it, however busy", async () => {
    const ctx = await t.signedIn("ann");
    for (let spent = 0; spent < hours(12) - minutes(20); spent += minutes(20)) {
      await t.pass(minutes(20));
      expect(await loadSession(t.desk, ctx.sid, true)).toBeDefined();
    }
    await t.pass(minutes(20));
    expect(await loadSession(t.desk, ctx.sid, true)).toBeUndefined();
    await t.work();
    const row = await t.desk.db
      .selectFrom("sessions")
      .select("end_reason")
      .where("id", "=", ctx.session.id)
      .executeTakeFirst();
    expect(row?.end_reason).toBe("too_old");
  });

  test("a session survives a restart of the desk", async () => {
    const ctx = await t.signedIn("apiCrm");
    await t.restart();
    const again = await t.again(ctx);
    expect((await listTokens(again, {})).items.length).toBeGreaterThan(0);
    expect(connectionOf(again).state).toBe("live");
  });

  test("two first sign-ins of one person at the same time make one owner", async () => {
    await t.portal.addUser({ userName: "twin@demo.example", password: "twin" });
    const both = await Promise.all([1, 2, 3, 4].map(() => withPassword("twin@demo.example", "twin")));
    expect(new Set(both.map(({ id }) => id)).size).toBe(1);
  });

  test("a super user is a desk admin on one's own machine, while the portal still accepts them", async () => {
    const rosa = await t.signedIn("super");
    expect(rosa.session.admin).toBe(true);
    await t.desk.db
      .updateTable("connections")
      .set({ roles: JSON.stringify(["USER"]) })
      .where("session_id", "=", rosa.session.id)
      .execute();
    expect((await t.again(rosa)).session.admin).toBe(false);
    await t.desk.db
      .updateTable("connections")
      .set({ state: "ended" })
      .where("session_id", "=", rosa.session.id)
      .execute();
    await expect(t.again(rosa)).rejects.toThrow("the session has ended");
  });

  const connectionRow = async (sessionId: string) =>
    only(
      await t.desk.db
        .selectFrom("connections")
        .select(["state", "sealed_credential"])
        .where("session_id", "=", sessionId)
        .execute(),
    );
});
