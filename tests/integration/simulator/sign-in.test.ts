import { describe, expect, it } from "vitest";
import { first, portalUnderTest } from "./portal-under-test";

const portal = portalUnderTest();
const hourMs = 3_600_000;

describe("signing in", () => {
  it("answers the authToken, the accounts and the user", async () => {
    const lead = portal.user("leadSales");
    const answer = await portal.login(lead);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      authToken: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      platformHost: expect.stringContaining(String(portal.simulator.port)),
      user: {
        userId: lead.userId,
        userName: lead.userName,
        enabled: true,
        rootUser: false,
        parentPath: `/${portal.user("super").userId}`,
        roles: [{ roleType: "USER" }, { roleType: "MANAGE_USERS" }],
      },
    });
    expect(answer.json.accounts).toHaveLength(2);
    expect(answer.json.accounts[0]).toMatchObject({ accountId: "99990000", mainAccountId: "99990000" });
  });

  it("puts the user's fields beside the authToken where the deployment does so", async () => {
    await portal.control.setOptions({ variants: { loginUser: "flat", roles: "strings" } });
    const answer = await portal.login(portal.user("ann"));
    expect(answer.json).toMatchObject({ userName: portal.user("ann").userName, roles: ["USER"] });
    expect(answer.json.user).toBeUndefined();
  });

  it("takes the fields from the query, as the OpenAPI file has them, and says so in the log", async () => {
    const { userName, password } = portal.user("ann");
    const query = new URLSearchParams({ username: userName, password });
    expect((await portal.call("POST", `/v1/auth/login?${query}`)).status).toBe(200);
    const call = first(await portal.control.calls({ endpoint: "login" }));
    expect(call).toMatchObject({ login: { passwordIn: "query", passwordMatched: true } });
    expect(JSON.stringify(call)).not.toContain(password);
  });

  it("refuses a wrong password, an unknown user and a disabled one alike", async () => {
    const disabled = portal.user("disabled");
    const wrong = { userName: portal.user("ann").userName, password: "wrong" };
    for (const who of [wrong, { userName: "nobody@demo.example", password: "x" }, disabled]) {
      const answer = await portal.login(who);
      expect(answer.status).toBe(401);
      expect(answer.json).toMatchObject({
        errorCode: expect.any(String),
        generalMessage: expect.any(String),
        details: expect.any(String),
        requestUri: "/api/v1/auth/login",
        timestamp: expect.any(Number),
      });
    }
    expect((await portal.login({ userName: wrong.userName, password: "" })).status).toBe(400);
  });

  it("takes a password byte for byte, and notes in the log that it arrived so", async () => {
    const { userName } = portal.user("ann");
    const password = " pä ss+w%6Frd&=\u{1F511} ";
    await portal.control.changeUser(userName, { password });
    expect((await portal.login({ userName, password })).status).toBe(200);
    expect((await portal.login({ userName, password: password.trim() })).status).toBe(401);
    const calls = await portal.control.calls({ endpoint: "login" });
    expect(calls.map((call) => call.login?.passwordMatched)).toEqual([true, false]);
    expect(first(calls)).toMatchObject({
      userName,
      contentType: expect.stringContaining("application/x-www-form-urlencoded"),
      login: { passwordIn: "body", sentStayLoggedIn: false },
    });
  });
});

describe("an authToken", () => {
  it("lives an hour from its last use", async () => {
    const authToken = await portal.signIn("ann");
    for (let use = 0; use < 3; use += 1) {
      await portal.control.changeClock({ advanceMs: hourMs - 60_000 });
      expect((await portal.call("GET", "/v1/admin/token", authToken)).status).toBe(200);
    }
    await portal.control.changeClock({ advanceMs: hourMs + 1 });
    expect((await portal.call("GET", "/v1/admin/token", authToken)).status).toBe(401);
  });

  it("lives two weeks with stayLoggedIn", async () => {
    const answer = await portal.login(portal.user("ann"), { stayLoggedIn: "true" });
    await portal.control.changeClock({ advanceMs: 13 * 24 * hourMs });
    expect((await portal.call("GET", "/v1/admin/token", answer.json.authToken)).status).toBe(200);
    expect(first(await portal.control.calls()).login).toMatchObject({ stayLoggedIn: true });
  });

  it("dies when all are expired, while permanent tokens live on", async () => {
    const authToken = await portal.signIn("ann");
    expect(await portal.control.expireAuthTokens()).toBe(1);
    expect((await portal.call("GET", "/v1/admin/token", authToken)).status).toBe(401);
    expect((await portal.call("GET", "/v1/admin/token", portal.user("ann").tokens[0])).status).toBe(200);
  });

  it("is dead with its user, and so are the user's tokens", async () => {
    const authToken = await portal.signIn("ann");
    await portal.control.changeUser(portal.user("ann").userName, { enabled: false });
    for (const credential of [authToken, first(portal.user("ann").tokens)]) {
      expect((await portal.call("GET", "/v1/admin/token", credential)).status).toBe(401);
    }
  });
});

describe("who am I", () => {
  it("answers as signing in does, for an authToken and for a permanent token", async () => {
    for (const credential of [await portal.signIn("apiCrm"), first(portal.user("apiCrm").tokens)]) {
      const answer = await portal.call("GET", "/v1/admin/auth", credential);
      expect(answer.json).toMatchObject({
        authToken: credential,
        user: { userName: "api-crm@demo.example" },
      });
    }
  });

  it("is not there on the legacy hosts", async () => {
    await portal.control.setOptions({ variants: { who: "absent" } });
    expect((await portal.call("GET", "/v1/admin/auth", await portal.signIn("ann"))).status).toBe(404);
  });

  it("takes a bearer header, and nothing else", async () => {
    const headers = { authorization: `Bearer ${await portal.signIn("ann")}` };
    expect((await portal.call("GET", "/v1/admin/auth", undefined, { headers })).status).toBe(200);
    expect((await portal.call("GET", "/v1/admin/auth")).status).toBe(401);
    expect((await portal.call("GET", "/v1/admin/auth", "no-such-token")).status).toBe(401);
    expect(await portal.control.calls({ endpoint: "who" })).toMatchObject([
      { credentialIn: "bearer" },
      { credentialIn: null, credential: null },
      { credentialIn: "x-auth-token", userName: null },
    ]);
  });
});
