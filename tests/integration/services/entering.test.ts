import { afterEach, describe, expect, test, vi } from "vitest";
import { connect } from "@/lib/server/services/connections/connect";
import { listPortals } from "@/lib/server/services/portals/list";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { stepUp } from "@/lib/server/services/sessions/step-up";
import { engines } from "../../support/desk";
import { codeOf, connectionOf, type HeldDesk, only, startHeldDesk } from "../../support/held-desk";

/*
 * The real portals serve every customer of the vendor: a login there says nothing about belonging to this desk.
 * Who is let in must be who the operator named, and nobody by accident.
 */
describe.each(engines)("who may enter, on %s", (engine) => {
  let t: HeldDesk;
  afterEach(() => t?.stop());

  const start = (env: Record<string, string>) =>
    startHeldDesk(engine, { env, simulator: { variants: { who: "present" } } }).then((desk) => {
      t = desk;
    });
  const enter = (user: string, typed?: string) => {
    const { userName, password } = t.passwordOf(user);
    return codeOf(signIn(t.visitor(), { portal: "sim", username: userName, password: typed ?? password }));
  };
  const enterByToken = (user: string) =>
    codeOf(signIn(t.visitor(), { portal: "sim", apiToken: t.simulator.seed.user(user).tokens[0] ?? "" }));

  test("everybody of a portal", async () => {
    await start({ TOKENDESK_ALLOW: "sim" });
    expect(await enter("ann")).toBe("ok");
    expect(await enterByToken("apiCrm")).toBe("ok");
    expect(listPortals(t).items).toEqual([{ id: "sim", name: "Simulator" }]);
  });

  test("nobody of a portal that is not named, and nothing is sent there", async () => {
    await start({ TOKENDESK_ALLOW: "vacd" });
    expect(await enter("ann")).toBe("not_allowed_here");
    expect(await t.portal.calls()).toEqual([]);
    expect(listPortals(t).items).not.toContainEqual({ id: "sim", name: "Simulator" });
  });

  test("one user, however the name is written", async () => {
    await start({ TOKENDESK_ALLOW: "sim:user:ANN@demo.example vacd" });
    expect(await enter("ann")).toBe("ok");
    expect(await enter("ben")).toBe("not_allowed_here");
    expect(await enterByToken("apiCrm")).toBe("not_allowed_here");
  });

  test("one main account", async () => {
    await start({ TOKENDESK_ALLOW: "sim:account:99990000" });
    expect(await enter("ann")).toBe("ok");
    expect(await enterByToken("apiCrm")).toBe("ok");
  });

  test("one account below a main one", async () => {
    await start({ TOKENDESK_ALLOW: "sim:account:99990001" });
    expect(await enter("ann")).toBe("ok");
    await t.portal.setOptions({ variants: { who: "absent" } });
    expect(await enterByToken("apiCrm")).toBe("ok");
  });

  test("whoever is not let in is in the log with the accounts that would have let them in", async () => {
    await start({ TOKENDESK_ALLOW: "sim:account:1" });
    const warn = vi.spyOn(t.desk.log, "warn");
    expect(await enter("ann")).toBe("not_allowed_here");
    const { userId } = only((await t.portal.state()).users.filter(({ key }) => key === "ann"));
    expect(warn.mock.calls).toEqual([
      [
        { portal: "sim", userId: String(userId), accounts: ["99990000", "99990001"] },
        expect.stringContaining("TOKENDESK_ALLOW"),
      ],
    ]);
  });

  test.each([
    ["a user who is disabled", { enabled: false }],
    ["another user", { userId: 4242 }],
    ["a user without their roles", { roles: ["USER"] }],
  ])("what the portal says of %s counts, also where it lists no accounts after it", async (_who, change) => {
    await start({ TOKENDESK_ALLOW: "sim:account:99990001" });
    const ctx = await t.signedIn("super");
    expect(ctx.session.oversees).toBe(true);
    const { userName, userId } = connectionOf(ctx);
    const user = { userId: Number(userId), userName, roles: ["SUPER_USER"], ...change };
    const body = JSON.stringify({ user, accounts: [{ accountId: "99990000", mainAccountId: "99990000" }] });
    await t.portal.addFault({ endpoint: "who", kind: "status", status: 200, body, count: null });
    await t.portal.addFault({ endpoint: "accounts", kind: "html", status: 500, count: null });
    await t.pass(120_000);
    const late = await t.finish(t.again(ctx).catch(() => undefined));
    expect(late?.session.oversees ?? false).toBe(false);
  });

  test("another main account", async () => {
    await start({ TOKENDESK_ALLOW: "sim:account:1,sim:account:2" });
    expect(await enter("ann")).toBe("not_allowed_here");
    // Not even a super user, and not somebody without the right to see accounts.
    expect(await enter("super")).toBe("not_allowed_here");
    expect(await enter("noRights")).toBe("not_allowed_here");
  });

  test("whom the portal does not name is not let in by name, and by account only when it shows one", async () => {
    await start({ TOKENDESK_ALLOW: "sim:user:api-crm@demo.example" });
    await t.portal.setOptions({ variants: { who: "absent" } });
    expect(await enterByToken("apiCrm")).toBe("not_allowed_here");
    await t.stop();
    await start({ TOKENDESK_ALLOW: "sim:account:99990000" });
    await t.portal.setOptions({ variants: { who: "absent" } });
    expect(await enterByToken("apiCrm")).toBe("ok");
  });

  test("the same rules hold for connecting, or one right user could let everybody in", async () => {
    await start({ TOKENDESK_ALLOW: "sim:user:ann@demo.example" });
    const ann = await t.signedIn("ann");
    const { userName, password } = t.passwordOf("ben");
    expect(await codeOf(connect(ann, { portal: "sim", username: userName, password }))).toBe(
      "not_allowed_here",
    );
  });

  test("whoever is not let in guesses at nothing: it does not count, but what was guessed before does", async () => {
    await start({ TOKENDESK_ALLOW: "sim:user:ann@demo.example" });
    for (let i = 0; i < 7; i += 1) expect(await enter("ben")).toBe("not_allowed_here");
    for (let i = 0; i < 5; i += 1) expect(await enter("ben", "wrong")).toBe("invalid_credentials");
    expect(await enter("ben")).toBe("throttled");
  });

  test("with tokens switched off a token opens nothing, connects nothing and proves nothing", async () => {
    await start({ TOKENDESK_TOKEN_SIGN_IN: "off" });
    await t.portal.clearCalls();
    expect(await enterByToken("apiCrm")).toBe("token_sign_in_off");
    expect(await t.portal.calls()).toEqual([]);
    expect(listPortals(t).tokenSignIn).toBe(false);
    const ctx = await t.signedIn("apiCrm");
    const apiToken = t.simulator.seed.user("apiCrm").tokens[0] ?? "";
    expect(await codeOf(connect(ctx, { portal: "sim", apiToken }))).toBe("token_sign_in_off");
    expect(await codeOf(stepUp(ctx, { connectionId: connectionOf(ctx).id, apiToken }))).toBe(
      "token_sign_in_off",
    );
  });
});
