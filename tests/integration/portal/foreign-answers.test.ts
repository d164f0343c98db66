import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { PortalClient } from "@/lib/server/portal/client";
import { manualClock } from "@/tests/support/clock";
import { clientFor, type Handler, hang, inTurn, refuse, respond, startPortal } from "./portal-server";

/*
 * Sign-on pages, gateways, firewalls, moved hosts and wrong base URLs answer in the portal's place. What they say is about
 * nobody's password, token or right.
 */

const credential = "5a2f0e1c-9b7d-4c3e-8f1a-0d2b4c6e8a10";
const token = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";

const calls: Record<string, (client: PortalClient) => Promise<unknown>> = {
  "a sign-in": (client) => client.login("p", { username: "ann", password: "secret" }),
  "who am I": (client) => client.whoAmI("p", credential),
  "a mint": (client) => client.mintToken("p", credential),
  "a list": (client) => client.listTokens("p", credential),
  "a delete": (client) => client.revokeToken("p", credential, token),
  "a try": (client) => client.tryCredential("p", credential),
  people: (client) => client.listUsers("p", credential),
  children: (client) => client.listChildren("p", credential, "1"),
  accounts: (client) => client.listAccounts("p", credential),
};

const own = JSON.stringify({ generalMessage: "no", details: "", requestUri: "/x", timestamp: 1 });
const json = (value: unknown) => [JSON.stringify(value), "application/json"] as const;
const bodies: Record<string, readonly [body: string, contentType: string]> = {
  "a page": ["<!doctype html><title>Sign on</title>", "text/html"],
  "a page that is not called one": ["\n <html>Blocked</html>", "application/json"],
  "a page that has the portal's shape in it": [own, "text/html"],
  nothing: ["", ""],
  "a word": ["Forbidden", "text/plain"],
  "a gateway's JSON": json({ message: "Forbidden" }),
  "a framework's JSON": json({ timestamp: 1, status: 401, error: "Unauthorized", path: "/v1/x" }),
  "a problem document": json({ type: "about:blank", title: "Unauthorized", status: 401 }),
  "the platform's JSON": json({ errorCode: "AGW-401", message: "Authorization header is not specified" }),
  "a list": json([{ generalMessage: "no" }]),
  null: json(null),
  "a message that is none": json({ generalMessage: 1, details: "" }),
  "half of the portal's shape": [own.slice(0, -1), "application/json"],
  "much of it": [`{"generalMessage":"${"x".repeat(20_000)}"}`, "application/json"],
};

/** Of each question the statuses that would be an answer of the portal's. */
const statuses = [400, 401, 403, 404, 405, 409, 410, 422];

describe.each(Object.keys(calls))("%s, answered by something else", (name) => {
  const call = calls[name] as (client: PortalClient) => Promise<unknown>;

  it.each(Object.keys(bodies))("with %s, says nothing", async (kind) => {
    const [body, contentType] = bodies[kind] ?? ["", ""];
    let answer: Handler = respond(200);
    const portal = await startPortal((request, response) => answer(request, response));
    const client = clientFor(portal.baseUrl);
    for (const status of statuses) {
      answer = respond(status, body, contentType);
      await expect(call(client), String(status)).rejects.toMatchObject({
        kind: "not_understood",
        cause: "another_server",
        status,
        sent: "maybe",
      });
    }
  });

  it.each<[string, Handler]>([
    ["a proxy's wish, in whatever shape", respond(407, own)],
    ["a network's wish for a sign-on", respond(511, "<html>", "text/html")],
    ["a redirect to a sign-on", respond(302, "", "text/plain", { location: "https://sso.example.test/" })],
    ["a sign-on page that calls itself a success", respond(200, "<html>", "text/html")],
    ["a list that calls itself a page", respond(200, "[]", "text/html;charset=UTF-8")],
    ["a compressed no", respond(401, own, "application/json", { "content-encoding": "gzip" })],
  ])("with %s, says nothing", async (_what, answer) => {
    const portal = await startPortal(answer);
    await expect(call(clientFor(portal.baseUrl))).rejects.toMatchObject({
      kind: "not_understood",
      cause: "another_server",
    });
  });
});

it.each([500, 502, 503, 504])("an error of %i, whoever says it, is an outage", async (status) => {
  const portal = await startPortal(respond(status, "<html>", "text/html"));
  const client = clientFor(portal.baseUrl);
  const outage = { kind: "unavailable", cause: "server_error", status };
  for (const name of ["a sign-in", "a mint"])
    await expect(calls[name]?.(client)).rejects.toMatchObject(outage);
});

it("a 404 in the portal's own shape to what cannot be missing is of a path that is none", async () => {
  const portal = await startPortal(refuse(404));
  const client = clientFor(portal.baseUrl);
  for (const name of ["who am I", "a mint", "a list", "a delete", "a try", "people", "accounts"])
    await expect(calls[name]?.(client), name).rejects.toMatchObject({
      kind: "not_understood",
      cause: "another_server",
    });
});

it("a page's 404 at who-am-I is of a deployment without, unless it was there before", async () => {
  const portal = await startPortal((request, response) => {
    if (request.url.endsWith("/auth")) respond(404, "<html>", "text/html")(request, response);
    else respond(200, "[]")(request, response);
  });
  const client = clientFor(portal.baseUrl);
  expect(await client.whoAmI("p", credential)).toBeNull();
  portal.answerWith(respond(200, JSON.stringify({ user: { userId: 1, userName: "ann" } })));
  expect(await client.whoAmI("p", credential)).toMatchObject({ userId: "1" });
  portal.answerWith(respond(404, "<html>", "text/html"));
  await expect(client.whoAmI("p", credential)).rejects.toMatchObject({ cause: "another_server" });
});

it("a compressed no in the portal's shape is not unpacked", async () => {
  const packed = gzipSync(own);
  const portal = await startPortal((_request, response) => {
    response.writeHead(403, { "content-type": "application/json", "content-encoding": "gzip" }).end(packed);
  });
  await expect(calls["a mint"]?.(clientFor(portal.baseUrl))).rejects.toMatchObject({
    kind: "not_understood",
  });
});

describe("a 404 to a sign-in, in the portal's own shape", () => {
  const signIn = calls["a sign-in"] as (client: PortalClient) => Promise<unknown>;

  it("is about the person where the portal wants a credential elsewhere", async () => {
    const portal = await startPortal(inTurn(refuse(404), refuse(401)));
    await expect(signIn(clientFor(portal.baseUrl))).rejects.toMatchObject({ kind: "not_found" });
    expect(portal.received.map(({ url }) => url)).toEqual([
      "/voice/api/v1/auth/login",
      "/voice/api/v1/admin/users",
    ]);
    expect(portal.received[1]?.headers["x-auth-token"]).toBeUndefined();
  });

  it("is about the address where the portal has nothing there either", async () => {
    const portal = await startPortal(refuse(404));
    await expect(signIn(clientFor(portal.baseUrl))).rejects.toMatchObject({
      kind: "not_understood",
      cause: "another_server",
    });
  });

  // Guesses would be free at a portal that says its no so.
  it("is about the person where nobody can say", async () => {
    const portal = await startPortal(inTurn(refuse(404), respond(503)));
    await expect(signIn(clientFor(portal.baseUrl))).rejects.toMatchObject({ kind: "not_found" });
  });

  it.each<[string, Handler]>([
    ["a page that asks for a sign-on", respond(401, "<html>", "text/html")],
    ["a redirect to one", respond(302, "", "text/plain", { location: "/login" })],
    ["a framework's JSON", respond(403, '{"status":403,"error":"Forbidden","path":"/x"}')],
  ])("is about the person where %s answers whoever has no credential", async (_what, answer) => {
    const portal = await startPortal(inTurn(refuse(404), answer));
    await expect(signIn(clientFor(portal.baseUrl))).rejects.toMatchObject({ kind: "not_found" });
  });

  it("keeps nobody waiting for the second question", async () => {
    const clock = manualClock();
    const portal = await startPortal(inTurn(refuse(404), hang));
    const refused = expect(signIn(clientFor(portal.baseUrl, { clock }))).rejects.toMatchObject({
      kind: "not_found",
    });
    await portal.receivedCount(2);
    await clock.advance(2_000);
    await refused;
  });

  it("is about the person without a question where the portal spoke a moment ago", async () => {
    const clock = manualClock();
    const portal = await startPortal(respond(200, "[]"));
    const client = clientFor(portal.baseUrl, { clock });
    await client.listTokens("p", credential);
    portal.answerWith(refuse(404));
    for (let i = 0; i < 3; i += 1) await expect(signIn(client)).rejects.toMatchObject({ kind: "not_found" });
    expect(portal.received).toHaveLength(4);
    await clock.advance(60_000);
    await expect(signIn(client)).rejects.toMatchObject({ kind: "not_understood", cause: "another_server" });
  });

  it("asks once for all who try at a time, and every five seconds at most", async () => {
    const clock = manualClock();
    const portal = await startPortal(refuse(404));
    const client = clientFor(portal.baseUrl, { clock });
    await Promise.allSettled(Array.from({ length: 5 }, () => signIn(client)));
    await Promise.allSettled([signIn(client)]);
    const questions = () => portal.received.filter(({ method }) => method === "GET").length;
    expect(questions()).toBe(1);
    await clock.advance(5_000);
    await Promise.allSettled([signIn(client)]);
    expect(questions()).toBe(2);
  });
});
