import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "@/lib/server/services/connections/connect";
import { disconnect } from "@/lib/server/services/connections/disconnect";
import type { SessionContext } from "@/lib/server/services/context";
import { loadSession } from "@/lib/server/services/sessions/load";
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

describe.each(engines)("connections on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const connectAs = (ctx: SessionContext, user: string) => {
    const { userName, password } = t.passwordOf(user);
    return connect(ctx, { portal: "sim", username: userName, password });
  };
  const rowsOf = ({ session }: SessionContext) =>
    t.desk.db.selectFrom("connections").selectAll().where("session_id", "=", session.id).execute();
  const connected = async (first: string, second: string) => {
    const ctx = await t.signedIn(first);
    await t.pass(1);
    await connectAs(ctx, second);
    return t.again(ctx);
  };

  test("another portal user joins the session, by password or by token", async () => {
    const ctx = await t.signedIn("ann");
    const before = (await trail(t)).length;
    expect(await connectAs(ctx, "apiCrm")).toMatchObject({
      userName: "api-crm@demo.example",
      state: "live",
      provedBy: "password",
      steppedUpUntil: expect.any(String),
    });
    const apiToken = t.simulator.seed.user("apiDialer").tokens[0] ?? "";
    expect(await connect(ctx, { portal: "sim", apiToken })).toMatchObject({ provedBy: "token" });
    expect(await entriesSince(t, before)).toEqual(["connection.add ok", "connection.add ok"]);
    // The trail names the person, and the portal user that they now act as.
    expect((await trail(t)).at(-1)).toMatchObject({
      actor: { userName: "ann@demo.example" },
      target: { userName: "api-dialer@demo.example" },
    });
    const owners = (await listTokens(await t.again(ctx), {})).items.map(({ owner }) => owner.userName);
    expect(new Set(owners)).toEqual(
      new Set(["ann@demo.example", "api-crm@demo.example", "api-dialer@demo.example"]),
    );
  });

  test("there is one connection a user, however often and however much at once it is made", async () => {
    const ctx = await t.signedIn("ann");
    await Promise.all([connectAs(ctx, "apiCrm"), connectAs(ctx, "apiCrm"), connectAs(ctx, "apiCrm")]);
    await connectAs(ctx, "ann");
    expect(await rowsOf(ctx)).toHaveLength(2);
  });

  test("what is wrong to sign in with is wrong to connect with, and noted with the person", async () => {
    const ctx = await t.signedIn("ann");
    const before = (await trail(t)).length;
    const wrong = { portal: "sim", username: "ben@demo.example", password: "wrong" };
    expect(await codeOf(connect(ctx, wrong))).toBe("invalid_credentials");
    expect(only((await trail(t)).slice(before))).toMatchObject({
      action: "connection.add_failed",
      result: "refused",
      actor: { userName: "ann@demo.example" },
      target: { userName: "ben@demo.example" },
    });
    expect(await rowsOf(ctx)).toHaveLength(1);
  });

  test("disconnecting erases the credential, and the person is named", async () => {
    const ctx = await connected("ann", "apiCrm");
    const before = (await trail(t)).length;
    const id = ctx.session.connections[1]?.id ?? "";
    await disconnect(ctx, { id });
    expect((await rowsOf(ctx)).map(({ id: left }) => left)).not.toContain(id);
    expect(only((await trail(t)).slice(before))).toMatchObject({
      action: "connection.end",
      actor: { userName: "ann@demo.example" },
      target: { userName: "api-crm@demo.example" },
      detail: { reason: "disconnected" },
    });
    const owners = (await listTokens(await t.again(ctx), {})).items.map(({ owner }) => owner.userName);
    expect(new Set(owners)).toEqual(new Set(["ann@demo.example"]));
  });

  test("somebody else's connection is not there", async () => {
    const ann = await t.signedIn("ann");
    const ben = await t.signedIn("ben");
    expect(await codeOf(disconnect(ben, { id: connectionOf(ann).id }))).toBe("not_found");
    expect(await codeOf(listTokens(ben, { connection: connectionOf(ann).id }))).toBe("not_found");
    expect((await rowsOf(ann))[0]?.state).toBe("live");
  });

  test("the portal's 401 ends a connection and erases its credential; the others go on", async () => {
    const ctx = await connected("ann", "apiCrm");
    const before = (await trail(t)).length;
    await t.portal.expireAuthTokens("api-crm@demo.example");
    await t.pass();
    const list = await listTokens(ctx, {});
    expect(list.sources.map(({ state }) => state)).toEqual(["fresh", "ended"]);
    expect(list.items.some(({ owner }) => owner.userName === "api-crm@demo.example")).toBe(false);
    const row = (await rowsOf(ctx))[1];
    expect(row).toMatchObject({ state: "ended", sealed_credential: null });
    expect(await entriesSince(t, before)).toEqual(["connection.end ok"]);
    expect((await t.again(ctx)).session.connections.map(({ state }) => state)).toEqual(["live", "ended"]);
  });

  test("a connection that ended is renewed by proving it again", async () => {
    const ctx = await connected("ann", "apiCrm");
    await t.portal.expireAuthTokens("api-crm@demo.example");
    await t.pass();
    await listTokens(ctx, {});
    await connectAs(await t.again(ctx), "apiCrm");
    await t.pass();
    const again = await t.again(ctx);
    expect(again.session.connections.map(({ state }) => state)).toEqual(["live", "live"]);
    expect((await listTokens(again, {})).sources.map(({ state }) => state)).toEqual(["fresh", "fresh"]);
  });

  test("the session ends with its last connection, by the portal or by hand", async () => {
    const expired = await t.signedIn("apiReports");
    await t.portal.expireAuthTokens("api-reports@demo.example");
    await t.pass();
    await listTokens(expired, {});
    expect(await loadSession(t.desk, expired.sid, true)).toBeUndefined();
    const given = await t.signedIn("ann");
    await disconnect(given, { id: connectionOf(given).id });
    expect(await loadSession(t.desk, given.sid, true)).toBeUndefined();
  });

  test("a late 401 of an old credential does not end what was proved again meanwhile", async () => {
    const ctx = await connected("ann", "apiCrm");
    await t.portal.expireAuthTokens("api-crm@demo.example");
    await connectAs(ctx, "apiCrm");
    await t.pass();
    // `ctx` still holds the old credential, as a request under way would.
    await listTokens(ctx, {});
    expect((await t.again(ctx)).session.connections.map(({ state }) => state)).toEqual(["live", "live"]);
  });

  test("a session that was signed out meanwhile is given no credential", async () => {
    // Otherwise a credential would lie sealed in the store for a session that nobody ends any more.
    const ctx = await t.signedIn("ann");
    await t.portal.addFault({ endpoint: "login", kind: "hang", userName: "api-crm@demo.example" });
    const connecting = codeOf(connectAs(ctx, "apiCrm"));
    await t.portal.waitForCalls({ endpoint: "login", userName: "api-crm@demo.example", finished: false }, 1);
    await signOut(ctx);
    await t.portal.clearFaults();
    await connecting;
    const again = codeOf(connectAs(ctx, "apiCrm"));
    expect(await again).toBe("session_ended");
    expect((await rowsOf(ctx)).every(({ sealed_credential }) => sealed_credential === null)).toBe(true);
  });

  test("a damaged credential is a connection that ended, and nobody else's trouble", async () => {
    const ctx = await connected("ann", "apiCrm");
    const [, second] = ctx.session.connections;
    await t.desk.db
      .updateTable("connections")
      .set({ sealed_credential: "v1.broken.x.y.z" })
      .where("id", "=", second?.id ?? "")
      .execute();
    await t.pass();
    const list = await listTokens(await t.again(ctx), {});
    expect(list.sources.map(({ state }) => state)).toEqual(["fresh", "ended"]);
  });
});
