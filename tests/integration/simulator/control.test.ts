import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { fingerprint } from "@/lib/simulator/secrets";
import { first, portalUnderTest } from "./portal-under-test";

const portal = portalUnderTest();

describe("the call log", () => {
  it("tells calls apart without holding a secret", async () => {
    const { userName, password, tokens } = portal.user("apiCrm");
    const authToken = await portal.signIn("apiCrm");
    const [token = "", other = ""] = tokens;
    await portal.call("DELETE", `/v1/admin/token/${token}`, authToken);
    await portal.call("DELETE", `/v1/admin/token/${encodeURIComponent(other)}/more`, authToken);
    await portal.call("GET", `/v1/admin/users?flatten=true&secret=${token}`, authToken);
    const calls = await portal.control.calls();
    expect(calls).toMatchObject([
      {
        endpoint: "login",
        method: "POST",
        path: "/api/v1/auth/login",
        status: 200,
        userName,
        credential: null,
      },
      {
        endpoint: "revoke",
        method: "DELETE",
        path: `/api/v1/admin/token/{${fingerprint(token)}}`,
        status: 200,
        credential: fingerprint(authToken),
        target: fingerprint(token),
        userName,
      },
      { endpoint: "other", status: 404 },
      { endpoint: "users", status: 403, path: "/api/v1/admin/users?flatten=true&secret={masked}" },
    ]);
    // What a test prints or keeps must not be a copy of the portal's secrets.
    const text = JSON.stringify(calls);
    for (const secret of [password, authToken, ...tokens, encodeURIComponent(other)]) {
      expect(text).not.toContain(secret);
    }
    for (const call of calls) expect(call.finishedAt).toBeGreaterThanOrEqual(call.receivedAt);
  });

  it("can be filtered, awaited and emptied", async () => {
    const token = first(portal.user("ann").tokens);
    const waiting = portal.control.waitForCalls({ endpoint: "list", finished: true }, 2);
    await portal.call("GET", "/v1/admin/token", token);
    await portal.call("GET", "/v1/admin/auth", token);
    await portal.call("GET", "/v1/admin/token", token);
    const [one, two] = await waiting;
    expect(await portal.control.calls({ since: one?.seq })).toHaveLength(2);
    expect(await portal.control.calls({ endpoint: "list", since: one?.seq })).toEqual([two]);
    expect(await portal.control.calls({ finished: true })).toHaveLength(3);
    expect(await portal.control.calls({ finished: false })).toEqual([]);
    await expect(portal.control.waitForCalls({ endpoint: "mint" }, 1, 20)).rejects.toThrow("saw 0");
    await portal.control.clearCalls();
    expect(await portal.control.calls()).toEqual([]);
  });
});

describe("people and tokens behind everyone's back", () => {
  it("adds, changes and removes users", async () => {
    const parent = portal.user("leadSales").userName;
    const added = await portal.control.addUser({ userName: "new@demo.example", parent });
    expect((await portal.login(added)).status).toBe(200);
    await portal.control.changeUser("new@demo.example", {
      roles: ["USER", "MANAGE_USERS"],
      password: "other",
      parent: portal.user("leadSupport").userName,
    });
    expect((await portal.login(added)).status).toBe(401);
    const answer = await portal.login({ userName: "new@demo.example", password: "other" });
    expect((await portal.call("GET", "/v1/admin/users", answer.json.authToken)).status).toBe(200);
    await portal.control.removeUser("new@demo.example");
    expect((await portal.call("GET", "/v1/admin/users", answer.json.authToken)).status).toBe(401);
    await expect(portal.control.user("new@demo.example")).rejects.toThrow("404");
  });

  it("refuses a name twice, an unknown parent and a circle", async () => {
    const { control } = portal;
    const { userName } = portal.user("leadSales");
    await expect(control.addUser({ userName })).rejects.toThrow("409");
    await expect(control.addUser({ userName: "x@y.z", parent: "nobody" })).rejects.toThrow("404");
    await expect(control.changeUser(userName, { parent: portal.user("ann").userName })).rejects.toThrow(
      "409",
    );
  });

  it("plants and pulls tokens, and opens a session without a password", async () => {
    const { userName } = portal.user("ben");
    const authToken = await portal.control.openAuthToken(userName);
    const planted = await portal.control.addTokens(userName, {
      values: ["my:token"],
      bare: 2,
      unforeseen: 1,
    });
    expect(planted).toHaveLength(4);
    expect((await portal.call("GET", "/v1/admin/token", authToken)).json).toEqual(planted);
    expect(await portal.control.removeTokens(["my:token", "not there"])).toBe(1);
    expect((await portal.control.user(userName)).listed).toEqual(planted.slice(1));
  });
});

describe("the control port", () => {
  it("dumps and resets: same secrets as at the start, no faults, no calls, no sessions", async () => {
    const before = await portal.control.state();
    const authToken = await portal.signIn("ann");
    await portal.call("POST", "/v1/admin/token", authToken);
    await portal.control.addFault({ endpoint: "any", kind: "html", count: null });
    await portal.control.setOptions({ latencyMs: 5, variants: { who: "absent" } });
    await portal.control.changeClock({ advanceMs: 1_000_000 });
    await portal.control.reset();
    const after = await portal.control.state();
    expect(after.users).toEqual(before.users);
    expect(after.now - before.now).toBeLessThan(100_000);
    expect(await portal.control.calls()).toEqual([]);
    expect(await portal.control.faults()).toEqual([]);
    expect(await portal.control.options()).toMatchObject({ latencyMs: 0, variants: { who: "present" } });
    expect((await portal.control.seed()).users).toEqual(portal.simulator.seed.users);
    expect(await portal.control.addresses()).toMatchObject({ baseUrl: portal.simulator.baseUrl });
  });

  // It gives out passwords: a page that a person happens to have open must get nothing from it.
  it("does not answer browsers, nor other host names", async () => {
    const status = (headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) => {
        request(`${portal.simulator.controlUrl}/state`, { headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on("error", reject)
          .end();
      });
    expect(await status({ origin: "http://127.0.0.1:3000" })).toBe(403);
    expect(await status({ "sec-fetch-site": "none" })).toBe(403);
    expect(await status({ host: "rebound.example" })).toBe(421);
    expect(await status({})).toBe(200);
  });

  it("answers 404 and 400 with a reason", async () => {
    const post = (path: string, body: string) =>
      fetch(portal.simulator.controlUrl + path, { method: "POST", body });
    expect((await post("/nothing", "{}")).status).toBe(404);
    expect((await post("/faults", "{")).status).toBe(400);
    expect((await post("/clock", '{"later": 1}')).status).toBe(400);
  });
});
