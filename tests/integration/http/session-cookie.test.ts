import { randomBytes } from "node:crypto";
import { decode, encode } from "next-auth/jwt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { openKeys } from "@/lib/server/services/keys/open";
import { openStore } from "@/lib/server/store/open";
import { calls } from "@/tests/support/api-routes";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { DeskClient } from "../../../scripts/desk-client";

/* What proves a session, and what does not (security.md B). */

let desk: DeskProcess;
const sessionCookie = () => `tokendesk.session-${desk.port}`;

beforeAll(async () => {
  desk = await startDeskProcess();
});
afterAll(() => desk.stop());

/** A client with another's cookies: what a thief of the cookie has. */
function withCookies(of: DeskClient): DeskClient {
  const client = new DeskClient(desk.baseUrl);
  for (const [name, value] of of.cookies) client.cookies.set(name, value);
  return client;
}
const codeOf = async (client: DeskClient) => problem.parse((await client.get("/api/session")).body).code;

describe("the session's cookie", () => {
  it("is for this host, out of scripts' reach, for as long as a session may last, and in one piece", async () => {
    const answer = await desk.trySignIn(desk.visitor(), "ann");
    const [line = "", ...others] = answer.headers.getSetCookie();
    expect(others).toEqual([]);
    expect(line).toMatch(
      new RegExp(`^${sessionCookie()}=[^;]+; Max-Age=43200; Path=/; .*HttpOnly; SameSite=Lax$`),
    );
    expect(line).not.toContain("Domain");
    expect(line.length).toBeLessThan(1024);
  });

  // Whoever learns the desk's secret reads the cookie: there must be nothing in it to read.
  it("holds a session id and nothing else, even decrypted", async () => {
    const client = await desk.signedIn("leadSales");
    const store = openStore({ dataDir: desk.dataDir });
    const keys = await openKeys(store, { dataDir: desk.dataDir });
    await store.destroy();
    const claims = await decode({ token: client.cookies.get(sessionCookie()), secret: keys.session });
    expect(Object.keys(claims ?? {}).sort()).toEqual(["exp", "iat", "jti", "sid", "sub"]);
    expect(String(claims?.sid)).toMatch(/^[\w-]{43}$/);
    expect(String(claims?.sub)).toMatch(/^own_/);
  });

  // A stolen cookie is worth nothing after the next sign-in in the same browser (session fixation, ASVS 7.2.4).
  it("is a new one at each sign-in, and the one before is dead", async () => {
    const client = await desk.signedIn("ann");
    const thief = withCookies(client);
    expect((await desk.trySignIn(client, "ann")).status).toBe(200);
    expect(await codeOf(thief)).toBe("session_ended");
    expect((await client.get("/api/session")).status).toBe(200);
  });

  it("opens nothing any more after signing out, on any route", async () => {
    const client = await desk.signedIn("ann");
    const thief = withCookies(client);
    const answer = await client.post("/api/session/sign-out");
    expect(answer.status).toBe(204);
    expect(answer.headers.get("clear-site-data")).toBe('"storage"');
    expect(client.cookies.size).toBe(0);
    for (const { path, method } of calls.filter(({ session }) => session)) {
      const replayed = await thief.send(path, { method });
      expect([path, replayed.status, problem.parse(replayed.body).code]).toEqual([
        path,
        401,
        "session_ended",
      ]);
    }
    expect((await thief.get("/api/auth/session")).body).toEqual({});
  });

  // What is not our cookie is not a session: a bearer token could come from any page's script.
  it("is the only thing that counts", async () => {
    const client = await desk.signedIn("ann");
    const value = client.cookies.get(sessionCookie()) ?? "";
    const visitor = desk.visitor();
    const bearer = await visitor.send("/api/session", { headers: { Authorization: `Bearer ${value}` } });
    expect(bearer.status).toBe(401);
    expect((await visitor.get(`/api/session?token=${value}`)).status).toBe(401);
    expect((await visitor.post("/api/session/step-up", { token: value })).status).toBe(401);
    const both = await client.send("/api/session", { headers: { Authorization: "Bearer x" } });
    expect(both.status).toBe(401);
    for (const Authorization of ["Basic eDp5", "NTLM x"]) {
      expect((await client.send("/api/session", { headers: { Authorization } })).status).toBe(200);
      expect((await visitor.send("/api/session", { headers: { Authorization } })).status).toBe(401);
    }
  });

  it("of another desk, or made up, opens nothing", async () => {
    const forged = await encode({
      token: { sub: "own_x", sid: "x" },
      secret: randomBytes(32).toString("hex"),
    });
    for (const value of [forged, "x", "a.b.c.d.e", "%", randomBytes(2000).toString("base64url")]) {
      const client = desk.visitor();
      client.cookies.set(sessionCookie(), value);
      expect(await codeOf(client)).toBe("unauthorized");
      expect((await client.get("/api/auth/session")).body).toEqual({});
    }
  });

  // Stock next-auth glues cookies of longer names together, and answers 500 to an address it does not like.
  it("is not disturbed by cookies that look like it", async () => {
    const client = await desk.signedIn("ann");
    client.cookies.set(`${sessionCookie()}.5`, "junk");
    client.cookies.set(`${sessionCookie()}.0`, "junk");
    client.cookies.set(`tokendesk.callback-url-${desk.port}`, "javascript:1");
    client.cookies.set("next-auth.callback-url", "javascript:1");
    for (const path of ["/api/session", "/api/auth/session", "/api/auth/csrf", "/sign-in"])
      expect((await client.get(path)).status).toBeLessThan(400);
    expect((await client.get("/api/auth/session")).body).toMatchObject({ user: { name: "Ann Weber" } });
  });
});
