import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { PortalError } from "@/lib/server/portal/error";
import { manualClock } from "@/tests/support/clock";
import { clientFor, type Handler, hang, reset, respond, startPortal } from "./portal-server";
import { selfSigned } from "./self-signed";

const credential = "canary-credential-5a2f0e1c9b7d";
const token = "aws80:canary-token-2353445-bc74";
const password = "canary password & more";
const username = "canary-user@example.test";
const portalText = "canary-portal-text";

const canaries = [credential, token, password, username, portalText].flatMap((value) => [
  value,
  encodeURIComponent(value),
  Buffer.from(value).toString("base64").replace(/=+$/, ""),
  Buffer.from(value).toString("base64url"),
  Buffer.from(value).toString("hex"),
]);

/** Everything that a log, a problem document or a debugger could make of an error. */
const everythingIn = (error: unknown) =>
  [
    inspect(error, { depth: null, showHidden: true }),
    JSON.stringify(error),
    String(error),
    error instanceof Error ? `${error.stack}${inspect(error.cause)}` : "",
  ].join("\n");

const echo: Handler = (request, response) => {
  const body = JSON.stringify({ details: portalText, requestUri: request.url, ...request.headers });
  respond(400, body)(request, response);
};

// A token stands in the path of a delete, so every library's error about that URL would carry it into a log.
describe("no secret and no word of the portal gets into an error or an event", () => {
  const faults: [string, Handler][] = [
    ["an answer that quotes the request", echo],
    ["a page", respond(200, `<html>${portalText}</html>`, "text/html")],
    ["JSON of another shape", respond(200, JSON.stringify({ [portalText]: token }))],
    ["a redirect", respond(302, portalText, "text/plain", { location: `/${portalText}` })],
    ["an error of the portal", respond(500, JSON.stringify({ generalMessage: portalText }))],
    ["a reset", reset],
    ["an answer that is not HTTP", (_request, response) => response.socket?.end(`${portalText}\r\n`)],
    [
      "a broken length",
      (_request, response) => response.socket?.end("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"),
    ],
  ];

  const callEverything = async (baseUrl: string) => {
    const events: unknown[] = [];
    const client = clientFor(baseUrl, { onCall: (event) => events.push(event) });
    const results = await Promise.allSettled([
      client.login("p", { username, password }),
      client.whoAmI("p", credential),
      client.mintToken("p", credential),
      client.listTokens("p", credential),
      client.revokeToken("p", credential, token),
      client.listUsers("p", credential),
      client.listAccounts("p", credential),
      client.tryCredential("p", credential),
    ]);
    return { results, told: events.map(everythingIn).join("\n") };
  };

  const check = ({ results, told }: Awaited<ReturnType<typeof callEverything>>) => {
    for (const result of results) {
      expect(result.status).toBe("rejected");
      if (result.status !== "rejected") continue;
      expect(result.reason).toBeInstanceOf(PortalError);
      for (const canary of canaries) expect(everythingIn(result.reason)).not.toContain(canary);
    }
    for (const canary of canaries) expect(told).not.toContain(canary);
  };

  it.each(faults)("with %s", async (_name, handler) => {
    const portal = await startPortal(handler);
    check(await callEverything(portal.baseUrl));
  });

  it("with a certificate that nobody vouches for, and with nobody there", async () => {
    const portal = await startPortal(hang, selfSigned());
    check(await callEverything(portal.baseUrl));
    await portal.close();
    check(await callEverything(portal.baseUrl));
  });

  it("with a timeout", async () => {
    const clock = manualClock();
    const portal = await startPortal(hang);
    const revoked = clientFor(portal.baseUrl, { clock }).revokeToken("p", credential, token);
    const caught = revoked.catch((error: unknown) => error);
    await portal.receivedCount(1);
    await clock.advance(10_000);
    for (const canary of canaries) expect(everythingIn(await caught)).not.toContain(canary);
  });

  it("with a value that cannot be sent", async () => {
    const client = clientFor("http://localhost:1");
    for (const call of [
      client.revokeToken("p", credential, `${token}/x`),
      client.listTokens("p", `${credential}\n`),
    ]) {
      const error = await call.catch((reason: unknown) => reason);
      for (const canary of canaries) expect(everythingIn(error)).not.toContain(canary);
    }
  });

  it("is looked for by a check that finds it", () => {
    const leaky = new Error("x", { cause: { path: `/v1/admin/token/${token}` } });
    expect(everythingIn(leaky)).toContain(token);
  });
});
