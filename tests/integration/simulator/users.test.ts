import { describe, expect, it } from "vitest";
import { portalUnderTest } from "./portal-under-test";

const portal = portalUnderTest();

interface NamedUser {
  userName: string;
  children: NamedUser[];
}
const names = (users: NamedUser[]): string[] => users.map((user) => user.userName.split("@")[0] ?? "");

describe("the users", () => {
  it("come as the caller's tree", async () => {
    const lead = (await portal.call("GET", "/v1/admin/users", await portal.signIn("leadSales"))).json;
    expect(names(lead)).toEqual(["lena.lead"]);
    expect(names(lead[0].children)).toEqual(["ann", "ben", "api-crm", "api-dialer"]);
    const all = (await portal.call("GET", "/v1/admin/users", await portal.signIn("super"))).json;
    expect(names(all)).toEqual(["rosa.super"]);
    expect(names(all[0].children[1].children)).toEqual(["cleo", "dan", "api-reports", "nora"]);
  });

  it("come flat, and without the disabled, where that is asked for", async () => {
    const credential = await portal.signIn("super");
    const flat = (await portal.call("GET", "/v1/admin/users?flatten=true", credential)).json;
    expect(flat).toHaveLength(11);
    expect(flat.every((user: NamedUser) => user.children.length === 0)).toBe(true);
    const active = (await portal.call("GET", "/v1/admin/users?flatten=true&activeOnly=true", credential))
      .json;
    expect(names(active)).not.toContain("dan");
    expect(active).toHaveLength(10);
  });

  it("are 403 for a living credential without the right, and 401 only for a dead one", async () => {
    for (const key of ["ann", "apiCrm", "noRights"]) {
      const answer = await portal.call("GET", "/v1/admin/users", await portal.signIn(key));
      expect(answer).toMatchObject({ status: 403, json: { errorCode: "access.denied.exception" } });
    }
    expect((await portal.call("GET", "/v1/admin/users", "dead")).status).toBe(401);
  });

  it("have children, for those who may see them", async () => {
    const credential = await portal.signIn("leadSales");
    const path = (key: string) => `/v1/admin/users/${portal.user(key).userId}/children`;
    expect(names((await portal.call("GET", path("leadSales"), credential)).json)).toContain("api-crm");
    expect((await portal.call("GET", path("apiCrm"), credential)).json).toEqual([]);
    expect((await portal.call("GET", path("leadSupport"), credential)).status).toBe(403);
    expect((await portal.call("GET", "/v1/admin/users/424242/children", credential)).status).toBe(404);
    expect((await portal.call("GET", path("leadSales"), await portal.signIn("ann"))).status).toBe(403);
  });
});

describe("a user without rights", () => {
  it("may learn who they are, and nothing else", async () => {
    const credential = await portal.signIn("noRights");
    expect((await portal.call("GET", "/v1/admin/auth", credential)).status).toBe(200);
    expect((await portal.call("GET", "/v1/admin/token", credential)).status).toBe(403);
    expect((await portal.call("POST", "/v1/admin/token", credential)).status).toBe(403);
    expect((await portal.call("GET", "/v1/admin/accounts", credential)).status).toBe(403);
  });
});

describe("the rest", () => {
  it("has accounts, the same below both base paths", async () => {
    const credential = await portal.signIn("ann");
    const below = async (base: string) =>
      (await fetch(`${base}/v1/admin/accounts`, { headers: { "x-auth-token": credential } })).json();
    const accounts = await below(portal.simulator.baseUrl);
    expect(accounts).toHaveLength(2);
    expect(await below(portal.simulator.voiceBaseUrl)).toEqual(accounts);
  });

  it("says whether a token is valid, which puts it in a query that the log masks", async () => {
    const token = portal.user("ann").tokens[0] ?? "";
    const ask = (value: string) => portal.call("GET", `/v1/auth/isTokenValid?token=${value}`);
    expect((await ask(token)).json).toBe(true);
    expect((await ask("dead")).json).toBe(false);
    const calls = await portal.control.calls({ endpoint: "is-valid" });
    expect(calls.map((call) => call.path)).toEqual(Array(2).fill("/api/v1/auth/isTokenValid?token={masked}"));
  });

  it("answers 404 for other paths and 405 for other methods, in its own shape", async () => {
    const credential = await portal.signIn("ann");
    for (const path of ["/v1/admin/nothing", "/v1/admin/token/a/b", "/v2/admin/token"]) {
      const answer = await portal.call("GET", path, credential);
      expect(answer).toMatchObject({ status: 404, json: { requestUri: `/api${path}` } });
    }
    expect((await portal.call("PUT", "/v1/admin/token", credential)).status).toBe(405);
    expect((await fetch(`http://127.0.0.1:${portal.simulator.port}/v1/admin/token`)).status).toBe(404);
  });
});

describe("the rate limit", () => {
  it("refuses a user's calls over the limit until a minute has gone by", async () => {
    await portal.control.setOptions({ rateLimit: { perMinute: 3 } });
    const credential = await portal.signIn("ann");
    const status = async (who = credential) => (await portal.call("GET", "/v1/admin/token", who)).status;
    expect([await status(), await status(), await status(), await status()]).toEqual([200, 200, 200, 429]);
    expect(await status(portal.user("apiCrm").tokens[0])).toBe(200);
    const refused = await portal.call("GET", "/v1/admin/token", credential);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(refused.json).toMatchObject({ generalMessage: "Too many requests" });
    await portal.control.changeClock({ advanceMs: 60_000 });
    expect(await status()).toBe(200);
  });

  it.each([
    ["date", expect.stringMatching(/GMT$/)],
    [null, null],
    ["-1e99", "-1e99"],
  ])("says when to come back as %s", async (retryAfter, header) => {
    await portal.control.setOptions({ rateLimit: { perMinute: 1, retryAfter } });
    const token = portal.user("ann").tokens[0];
    await portal.call("GET", "/v1/admin/token", token);
    const refused = await portal.call("GET", "/v1/admin/token", token);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toEqual(header);
  });
});
