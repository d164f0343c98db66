import { describe, expect, it } from "vitest";
import { clientFor, hang, inTurn, refuse, respond, startPortal } from "./portal-server";

const credential = "5a2f0e1c-9b7d-4c3e-8f1a-0d2b4c6e8a10";
const token = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
const ann = { userId: 12, userName: "ann@example.test", roles: ["USER"] };

describe("requests", () => {
  it("sign in with a form, the password unchanged, and nothing besides", async () => {
    const portal = await startPortal(respond(200, JSON.stringify({ authToken: credential, user: ann })));
    const password = "  pä$$ w&=%00+\u0000";
    const signedIn = await clientFor(portal.baseUrl).login("p", { username: "ann@example.test", password });
    expect(signedIn).toEqual({ authToken: credential, user: { ...ann, userId: "12" } });
    const [request] = portal.received;
    expect(request).toMatchObject({ method: "POST", url: "/voice/api/v1/auth/login" });
    expect(request?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect([...new URLSearchParams(request?.body)]).toEqual([
      ["username", "ann@example.test"],
      ["password", password],
    ]);
    expect(request?.headers["x-auth-token"]).toBeUndefined();
  });

  it("carry the credential in one header, ask for no compression, and keep the base URL's prefix", async () => {
    const portal = await startPortal(respond(200, "[]"));
    const client = clientFor(portal.baseUrl);
    await client.listTokens("p", credential);
    await client.listUsers("p", credential, { activeOnly: true, flatten: false });
    await client.listChildren("p", credential, "12");
    await client.listAccounts("p", credential);
    expect(portal.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /voice/api/v1/admin/token",
      "GET /voice/api/v1/admin/users?activeOnly=true&flatten=false",
      "GET /voice/api/v1/admin/users/12/children",
      "GET /voice/api/v1/admin/accounts",
    ]);
    for (const { headers, url } of portal.received) {
      expect(headers).toMatchObject({ "x-auth-token": credential, "accept-encoding": "identity" });
      expect(headers).not.toHaveProperty("authorization");
      expect(url).not.toContain(credential);
    }
  });

  it("put the token into the path as it is", async () => {
    const portal = await startPortal(respond(200, "true", "text/plain"));
    const client = clientFor(portal.baseUrl);
    await client.revokeToken("p", credential, token);
    await client.revokeToken("p", credential, "odd one:ü");
    expect(portal.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `DELETE /voice/api/v1/admin/token/${token}`,
      "DELETE /voice/api/v1/admin/token/odd%20one:%C3%BC",
    ]);
  });

  it("are not made with what cannot be sent", async () => {
    const portal = await startPortal(hang);
    const client = clientFor(portal.baseUrl);
    const unsendable = { kind: "token_unsendable", sent: "no" };
    await expect(client.revokeToken("p", credential, "../users")).rejects.toMatchObject(unsendable);
    await expect(client.listChildren("p", credential, "1/../2")).rejects.toMatchObject(unsendable);
    await expect(client.listTokens("p", "a\r\nX-Evil: 1")).rejects.toMatchObject(unsendable);
    await expect(client.listTokens("q", credential)).rejects.toMatchObject({ kind: "unknown_portal" });
    expect(portal.received).toEqual([]);
  });

  it("go to the portal they are meant for", async () => {
    const one = await startPortal(respond(200, '["one"]'));
    const two = await startPortal(respond(200, '["two"]'));
    const portals = [
      { id: "one", name: "One", baseUrl: one.baseUrl },
      { id: "two", name: "Two", baseUrl: `${two.baseUrl}/` },
    ];
    const client = clientFor("http://localhost:1", { portals });
    expect(await client.listTokens("one", credential)).toEqual(["one"]);
    expect(await client.listTokens("two", credential)).toEqual(["two"]);
    expect(client.portals()).toEqual([
      { id: "one", name: "One" },
      { id: "two", name: "Two" },
    ]);
  });
});

const no = JSON.stringify({ generalMessage: "no", details: "", requestUri: "/x", timestamp: 1 });

describe("answers", () => {
  it.each([
    [200, token, "text/plain"],
    [201, ` ${token}\r\n`, "text/plain;charset=UTF-8"],
    [200, JSON.stringify(token), "application/json"],
  ])("a mint answered %i %j %s gives the token", async (status, body, type) => {
    const portal = await startPortal(respond(status, body, type));
    expect(await clientFor(portal.baseUrl).mintToken("p", credential)).toBe(token);
    expect(portal.received).toMatchObject([{ method: "POST", url: "/voice/api/v1/admin/token", body: "" }]);
  });

  it.each([
    [200, "true", "deleted"],
    [200, "", "deleted"],
    [204, "", "deleted"],
    [404, no, "absent"],
  ])("a delete answered %i %j is %s", async (status, body, outcome) => {
    const portal = await startPortal(inTurn(respond(status, body), refuse(401)));
    expect(await clientFor(portal.baseUrl).revokeToken("p", credential, token)).toEqual({ outcome });
  });

  // "Revoked" in front of a token that still works would be the worst lie this desk could tell.
  it("a delete answered 200 false is a failure, and one answered with a page is not a success", async () => {
    const portal = await startPortal(respond(200, "false", "text/plain"));
    const client = clientFor(portal.baseUrl);
    await expect(client.revokeToken("p", credential, token)).rejects.toMatchObject({
      kind: "not_deleted",
      sent: "no",
    });
    portal.answerWith(respond(200, "<html>Sign in</html>", "text/html"));
    await expect(client.revokeToken("p", credential, token)).rejects.toMatchObject({
      kind: "not_understood",
    });
  });

  it.each([
    [200, "[]", "live"],
    [403, no, "limited"],
    [401, no, "dead"],
  ])("a credential tried and answered %i is %s", async (status, body, result) => {
    const portal = await startPortal(respond(status, body));
    const check = await clientFor(portal.baseUrl).tryCredential("p", credential);
    expect(check.result).toBe(result);
    expect(check.latencyMs).toBeGreaterThanOrEqual(0);
  });

  it("a credential is not called live or dead by anything else", async () => {
    const portal = await startPortal(respond(200, "<html>", "text/html"));
    const client = clientFor(portal.baseUrl);
    await expect(client.tryCredential("p", credential)).rejects.toMatchObject({ kind: "not_understood" });
    portal.answerWith(refuse(404));
    await expect(client.tryCredential("p", credential)).rejects.toMatchObject({ kind: "not_understood" });
  });

  it.each([
    [400, "bad_request"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [409, "conflict"],
    [418, "bad_request"],
  ])("%i is %s, and nothing has happened", async (status, kind) => {
    const portal = await startPortal(refuse(status));
    await expect(clientFor(portal.baseUrl).mintToken("p", credential)).rejects.toMatchObject({
      kind,
      status,
      sent: "no",
    });
    expect(portal.received).toHaveLength(1);
  });
});

describe("who am I", () => {
  it("is what the portal says", async () => {
    const body = JSON.stringify({
      authToken: "other",
      user: ann,
      accounts: [{ accountId: "1", mainAccountId: "9" }],
    });
    const portal = await startPortal(respond(200, body));
    const user = { ...ann, userId: "12", accountIds: ["9", "1"] };
    expect(await clientFor(portal.baseUrl).whoAmI("p", credential)).toEqual(user);
  });

  it.each([
    [200, "[]"],
    [403, no],
  ])(
    "is unknown where the portal cannot say and the credential lives (users answers %i)",
    async (status, body) => {
      const portal = await startPortal((request, response) => {
        if (request.url.endsWith("/auth")) respond(404, "<html>", "text/html")(request, response);
        else respond(status, body)(request, response);
      });
      expect(await clientFor(portal.baseUrl).whoAmI("p", credential)).toBeNull();
    },
  );

  it("is nobody for a dead credential, by either way", async () => {
    const portal = await startPortal(refuse(401));
    const client = clientFor(portal.baseUrl);
    await expect(client.whoAmI("p", credential)).rejects.toMatchObject({ kind: "unauthorized" });
    portal.answerWith((request, response) =>
      (request.url.endsWith("/auth") ? respond(404) : refuse(401))(request, response),
    );
    await expect(client.whoAmI("p", credential)).rejects.toMatchObject({ kind: "unauthorized" });
  });
});
