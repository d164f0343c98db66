import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { readEnv } from "@/lib/server/env";
import { listAudit } from "@/lib/server/services/audit/list";
import { connect } from "@/lib/server/services/connections/connect";
import { endUnfitConnections } from "@/lib/server/services/connections/end-unfit";
import type { SessionContext } from "@/lib/server/services/context";
import { listPeople } from "@/lib/server/services/people/list";
import { describeSession } from "@/lib/server/services/sessions/describe";
import { endSessionById } from "@/lib/server/services/sessions/end";
import { listSessions } from "@/lib/server/services/sessions/list";
import { stepUp } from "@/lib/server/services/sessions/step-up";
import { getToken } from "@/lib/server/services/tokens/get";
import { listTokens } from "@/lib/server/services/tokens/list";
import { engines } from "../support/desk";
import {
  breakAudit,
  codeOf,
  connectionOf,
  type HeldDesk,
  mint,
  startHeldDesk,
  trail,
} from "../support/held-desk";

/*
 * Somebody had a right and has lost it: an admin who was let go, a lead who leads nobody any more, a user whom the desk
 * is no longer meant for. As long as their session goes on they would keep it for up to twelve hours.
 */
describe.each(engines)("whoever has lost a right, on %s,", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine, { env: { TOKENDESK_ADMINS: "sim:ben@demo.example" } });
  });
  afterAll(() => t?.stop());
  beforeEach(() => t.renew());

  type SignedIn = Awaited<ReturnType<HeldDesk["signedIn"]>>;
  const afterAMinute = async (ctx: SignedIn) => {
    await t.pass(minutes(1));
    return t.finish(t.again(ctx));
  };
  const shown = (ctx: SessionContext) => {
    const { admin, connections } = describeSession(ctx);
    return {
      admin,
      roles: connections.flatMap(({ roles }) => roles),
      lead: connections.some(({ lead }) => lead),
    };
  };
  const down = () => t.portal.addFault({ endpoint: "any", kind: "reset-before", count: null });
  const lastEnd = async () => (await trail(t)).filter(({ action }) => action === "connection.end").at(-1);

  test("a super user who is none any more is no desk admin after a minute, on record", async () => {
    const rosa = await t.signedIn("super");
    expect(shown(rosa)).toMatchObject({ admin: true, lead: true });
    await t.portal.changeUser("rosa.super@demo.example", { roles: ["USER"] });
    const later = await afterAMinute(rosa);
    expect(shown(later)).toEqual({ admin: false, roles: ["USER"], lead: false });
    expect(later.session.oversees).toBe(false);
    expect((await trail(t)).filter(({ action }) => action === "connection.roles").at(-1)).toMatchObject({
      target: { userName: "rosa.super@demo.example" },
      detail: { now: "USER" },
    });
  });

  test("an admin whom the portal has disabled has no session after a minute, on record", async () => {
    const ben = await t.signedIn("ben");
    expect(ben.session.admin).toBe(true);
    await t.portal.changeUser("ben@demo.example", { enabled: false });
    await t.pass(minutes(1));
    await expect(t.finish(t.again(ben))).rejects.toThrow("the session has ended");
    expect(await lastEnd()).toMatchObject({ detail: { reason: "portal_401" } });
  });

  test.each([
    ["is disabled", { enabled: false }, "portal_disabled"],
    ["is somebody else", { userId: 999_999, userName: "other@demo.example" }, "portal_other_user"],
  ])(
    "of whom the portal says that their credential %s has no session, on record",
    async (_, said, reason) => {
      const ben = await t.signedIn("ben");
      const user = { userId: Number(ben.session.user.userId), userName: "ben@demo.example", roles: ["USER"] };
      const body = JSON.stringify({ authToken: "x", user: { ...user, ...said } });
      await t.portal.addFault({
        endpoint: "who",
        kind: "status",
        status: 200,
        body,
        contentType: "application/json",
      });
      await t.pass(minutes(1));
      await expect(t.finish(t.again(ben))).rejects.toThrow("the session has ended");
      expect(await lastEnd()).toMatchObject({ detail: { reason } });
    },
  );

  test("an admin whom the portal has renamed is not the one whom the configuration names", async () => {
    const ben = await t.signedIn("ben");
    await t.portal.changeUser("ben@demo.example", { userName: "ex-ben@demo.example" });
    expect((await afterAMinute(ben)).session.admin).toBe(false);
    expect((await afterAMinute(ben)).session).toMatchObject({
      admin: false,
      user: { userName: "ex-ben@demo.example" },
    });
  });

  test("a proof in between says what the portal says then, and an older answer nothing any more", async () => {
    const rosa = await t.signedIn("super");
    const { userName, password } = t.passwordOf("super");
    await t.pass(minutes(1));
    const real = t.desk.portal.whoAmI;
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    t.desk.portal.whoAmI = async (...args) => {
      const me = await real.apply(t.desk.portal, args);
      await gate;
      return me;
    };
    const asked = t.finish(t.again(rosa));
    await asked;
    t.desk.portal.whoAmI = real;
    await t.portal.changeUser(userName, { roles: ["USER"] });
    await stepUp(rosa, { connectionId: connectionOf(rosa).id, password });
    expect((await t.again(rosa)).session.admin).toBe(false);
    open();
    await vi.waitFor(async () => {
      const row = await t.desk.db
        .selectFrom("connections")
        .select("roles")
        .where("id", "=", connectionOf(rosa).id);
      expect(JSON.parse((await row.executeTakeFirst())?.roles ?? "")).toEqual(["USER"]);
    });
    expect((await t.again(rosa)).session.admin).toBe(false);
  });

  test("a super user keeps no right by connecting again with a token, where the portal does not say who one is", async () => {
    await t.portal.setOptions({ variants: { who: "absent" } });
    const rosa = await t.signedIn("super");
    await t.pass();
    await t.finish(listTokens(rosa, {}));
    const value = (await t.portal.user("rosa.super@demo.example")).tokens[0] ?? "";
    await t.portal.changeUser("rosa.super@demo.example", { roles: ["USER"] });
    await t.pass(seconds(50));
    await t.finish(connect(rosa, { portal: "sim", apiToken: value }));
    expect(shown(await t.finish(t.again(rosa)))).toEqual({ admin: false, roles: [], lead: false });
  });

  test("a lead sees nobody's tokens a minute after they lead nobody", async () => {
    const owner = await t.signedIn("apiCrm");
    const id = (await mint(owner, "Seen by a lead"))[0]?.id ?? "";
    const lead = await t.signedIn("leadSales");
    expect((await getToken(lead, { id })).id).toBe(id);
    await t.portal.changeUser("lena.lead@demo.example", { roles: ["USER"] });
    const later = await afterAMinute(lead);
    expect(await codeOf(getToken(later, { id }))).toBe("not_found");
    expect((await listPeople(later)).items).toEqual([]);
  });

  // Some deployments do not say who one is; whom one may see is asked then.
  test.each([["super"], ["leadSales"]])(
    "nor does it help on a portal that does not say who one is (%s)",
    async (key) => {
      await t.portal.setOptions({ variants: { who: "absent" } });
      const ctx = await t.signedIn(key);
      expect(shown(ctx).lead).toBe(true);
      expect(shown(await afterAMinute(ctx)).lead).toBe(true);
      await t.portal.changeUser(t.passwordOf(key).userName, { roles: ["USER"] });
      expect(shown(await afterAMinute(ctx))).toMatchObject({ admin: false, lead: false });
    },
  );

  // What cannot be audited does not happen; what somebody has lost they have lost.
  test("a right that is gained counts once it is on record, one that is lost at once", async () => {
    const [ann, lead] = [await t.signedIn("ann"), await t.signedIn("leadSales")];
    await t.portal.changeUser("ann@demo.example", { roles: ["USER", "SUPER_USER"] });
    await t.portal.changeUser("lena.lead@demo.example", { roles: ["USER"] });
    await t.pass(minutes(1));
    const mend = await breakAudit(t);
    expect(shown(await t.finish(t.again(ann)))).toEqual({ admin: false, roles: ["USER"], lead: false });
    expect(shown(await t.finish(t.again(lead)))).toEqual({ admin: false, roles: ["USER"], lead: false });
    await mend();
    expect(shown(await afterAMinute(ann))).toMatchObject({ admin: true, lead: true });
  });

  test("while the portal cannot be asked an admin reads the trail and ends sessions, and no more", async () => {
    const rosa = await t.signedIn("super");
    const ann = await t.signedIn("ann");
    await mint(ann, "Known");
    await down();
    const late = await afterAMinute(rosa);
    expect(shown(late)).toEqual({ admin: false, roles: [], lead: false });
    expect(await codeOf(listPeople(late))).toBe("portal_unavailable");
    const items = (await t.finish(listTokens(late, {}))).items;
    expect(items.filter(({ owner }) => owner.userName !== rosa.session.user.userName)).toEqual([]);
    const actors = (await t.finish(listAudit(late, {}))).items.map(({ actor }) => actor.userName);
    expect(actors).toContain("ann@demo.example");
    const { items: sessions } = await listSessions(late);
    expect(sessions.map(({ id }) => id)).toContain(ann.session.id);
    await endSessionById(late, { id: ann.session.id });
    await expect(t.finish(t.again(ann))).rejects.toThrow("the session has ended");
  });

  // Somebody can bring about a pause, or use up their own calls; no outage.
  test("but not while the portal asks for a pause", async () => {
    const rosa = await t.signedIn("super");
    await t.portal.addFault({ endpoint: "any", kind: "status", status: 429, retryAfter: "600", count: null });
    const late = await afterAMinute(rosa);
    expect([late.session.admin, late.session.oversees]).toEqual([false, false]);
  });

  test("and whoever was no admin when the portal was last asked does neither", async () => {
    const [lead, ann] = [await t.signedIn("leadSales"), await t.signedIn("ann")];
    await down();
    const late = await afterAMinute(lead);
    expect(late.session.oversees).toBe(false);
    expect(await codeOf(endSessionById(late, { id: ann.session.id }))).toBe("not_found");
  });

  const narrowed: [string, string, Record<string, string>, string][] = [
    ["TOKENDESK_ALLOW", "ann", { TOKENDESK_ALLOW: "sim:user:ben@demo.example" }, "not_allowed_here"],
    ["TOKENDESK_ALLOW", "ann", { TOKENDESK_ALLOW: "sim:account:12345" }, "not_allowed_here"],
    ["TOKENDESK_TOKEN_SIGN_IN", "", { TOKENDESK_TOKEN_SIGN_IN: "off" }, "token_sign_in_off"],
    ["PORTALS", "ann", { PORTALS: "" }, "portal_removed"],
  ];
  test.each(narrowed)("%s narrowed by a restart ends whoever is in (%s)", async (_, key, change, reason) => {
    const enter = () =>
      key === "" ? t.signedInWith(t.simulator.seed.user("ann").tokens[0] ?? "") : t.signedIn(key);
    const narrow = () => {
      const given = {
        TOKENDESK_ADMINS: "",
        PORTALS: JSON.stringify(t.configured.portals.slice(0, 1)),
        ...change,
      };
      const { allow, tokenSignIn, portals } = readEnv({ NODE_ENV: "test", ...given } as NodeJS.ProcessEnv);
      Object.assign(t.env, { allow, tokenSignIn, portals });
    };
    // By the next request,
    const first = await enter();
    narrow();
    await t.restart();
    await expect(t.again(first)).rejects.toThrow("the session has ended");
    expect(await lastEnd()).toMatchObject({ detail: { reason } });
    // and before anything is done in their name in the background.
    Object.assign(t.env, t.configured);
    await t.restart();
    const second = await enter();
    narrow();
    await t.restart();
    await endUnfitConnections(t.desk);
    const row = await t.desk.db
      .selectFrom("connections")
      .select(["state", "sealed_credential"])
      .where("id", "=", connectionOf(second).id)
      .executeTakeFirst();
    expect(row).toEqual({ state: "ended", sealed_credential: null });
    Object.assign(t.env, t.configured);
    await t.restart();
  });

  // Its end under the new name would reach no connection that was made under the old one.
  test("a portal given another name ends whoever came in by a token, and nobody else", async () => {
    const [sim] = t.env.portals;
    const [value = ""] = (await t.portal.user("api-crm@demo.example")).tokens;
    const thief = await t.signedInWith(value);
    const ann = await t.signedIn("ann");
    Object.assign(t.env, { portals: [...t.env.portals, { ...sim, id: "sim2" }] });
    await t.restart();
    await endUnfitConnections(t.desk);
    await expect(t.again(thief)).rejects.toThrow("the session has ended");
    expect(await lastEnd()).toMatchObject({ detail: { reason: "token_unknown" } });
    expect(connectionOf(await t.again(ann)).state).toBe("live");
    Object.assign(t.env, t.configured);
    await t.restart();
  });

  test("TOKENDESK_ADMINS narrowed by a restart leaves an admin who is in a user", async () => {
    const ben = await t.signedIn("ben");
    expect(ben.session.admin).toBe(true);
    Object.assign(t.env, { admins: [] });
    await t.restart();
    const later = await t.again(ben);
    expect([later.session.admin, later.session.oversees]).toEqual([false, false]);
    await t.pass(seconds(1));
  });

  test("what still fits goes on: an account that a rule names, a user, a token", async () => {
    const [account] = (await t.portal.state()).accounts;
    const ann = await t.signedIn("ann");
    Object.assign(t.env, {
      allow: [
        { portal: "sim", account: account?.mainAccountId },
        { portal: "sim", userName: "ben@demo.example" },
      ],
    });
    await t.restart();
    expect(connectionOf(await t.again(ann)).state).toBe("live");
    expect(connectionOf(await afterAMinute(ann)).state).toBe("live");
  });
});
