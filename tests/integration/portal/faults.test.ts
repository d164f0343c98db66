import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { PortalClient } from "@/lib/server/portal/client";
import { manualClock } from "@/tests/support/clock";
import { clientFor, type Handler, hang, inTurn, refuse, reset, respond, startPortal } from "./portal-server";
import { selfSigned } from "./self-signed";

const credential = "5a2f0e1c-9b7d-4c3e-8f1a-0d2b4c6e8a10";
const token = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
const list = (client: PortalClient) => client.listTokens("p", credential);
const mint = (client: PortalClient) => client.mintToken("p", credential);

afterEach(() => vi.unstubAllEnvs());

describe("what is tried again", () => {
  it("is a list, three times at most, until it succeeds", async () => {
    const portal = await startPortal(inTurn(respond(503), reset, respond(200, '["t"]')));
    expect(await list(clientFor(portal.baseUrl))).toEqual(["t"]);
    expect(portal.received).toHaveLength(3);
  });

  it("is a list that fails for good after three tries", async () => {
    const portal = await startPortal(respond(500, "<html>", "text/html"));
    await expect(list(clientFor(portal.baseUrl))).rejects.toMatchObject({ kind: "unavailable", status: 500 });
    expect(portal.received).toHaveLength(3);
  });

  it("is a delete whose answer was lost: the token is absent then, perhaps by our own doing", async () => {
    const portal = await startPortal(inTurn(reset, refuse(404), refuse(401)));
    const outcome = await clientFor(portal.baseUrl).revokeToken("p", credential, token);
    expect(outcome).toEqual({ outcome: "absent", perhapsByUs: true });
  });

  it("still says maybe when a later try is refused", async () => {
    const portal = await startPortal(inTurn(reset, refuse(403)));
    const revoked = clientFor(portal.baseUrl).revokeToken("p", credential, token);
    await expect(revoked).rejects.toMatchObject({ kind: "forbidden", sent: "maybe" });
  });

  // Every mint makes another permanent token: a second POST would leave one that nobody knows of.
  it.each<[string, Handler, string]>([
    ["503", respond(503), "unavailable"],
    ["408", respond(408), "timeout"],
    ["a reset", reset, "unavailable"],
    ["a page", respond(200, "<html>Sign in</html>", "text/html"), "not_understood"],
    ["nothing", respond(200, "", "text/plain"), "not_understood"],
    ["a redirect", respond(302, "", "text/plain", { location: "/elsewhere" }), "not_understood"],
  ])(
    "is never a mint: answered with %s it may have happened, and is sent once",
    async (_name, handler, kind) => {
      const portal = await startPortal(handler);
      await expect(mint(clientFor(portal.baseUrl))).rejects.toMatchObject({ kind, sent: "maybe" });
      expect(portal.received).toHaveLength(1);
    },
  );

  it("is never a sign-in", async () => {
    const portal = await startPortal(respond(502));
    const signIn = clientFor(portal.baseUrl).login("p", { username: "ann", password: "secret" });
    await expect(signIn).rejects.toMatchObject({ kind: "unavailable" });
    expect(portal.received).toHaveLength(1);
  });

  it("is not what asks for more patience than the call has", async () => {
    const portal = await startPortal(respond(503, "", "text/plain", { "retry-after": "30" }));
    await expect(list(clientFor(portal.baseUrl))).rejects.toMatchObject({
      kind: "unavailable",
      retryAfterMs: 30_000,
    });
    expect(portal.received).toHaveLength(1);
  });
});

describe("a connection that cannot be made", () => {
  it("leaves nothing sent", async () => {
    const portal = await startPortal(hang);
    await portal.close();
    await expect(mint(clientFor(portal.baseUrl))).rejects.toMatchObject({ kind: "unavailable", sent: "no" });
  });

  it("is given up in time, when the other side accepts and then says nothing", async () => {
    // TLS is waited for together with TCP, so a peer that never shakes hands is one that never connects.
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const client = clientFor(`https://127.0.0.1:${port}/api`, { timeouts: { connectMs: 300, callMs: 400 } });
    await expect(mint(client)).rejects.toMatchObject({ kind: "timeout", sent: "no" });
  });

  it("is one whose certificate nobody vouches for, whatever the environment says", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const portal = await startPortal(hang, selfSigned());
    await expect(mint(clientFor(portal.baseUrl))).rejects.toMatchObject({ kind: "unavailable", sent: "no" });
    expect(portal.received).toEqual([]);
  });

  it("is one that would use TLS older than 1.2", async () => {
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    const portal = await startPortal(hang, { ...selfSigned(), ...old });
    const refused = once(portal.server, "tlsClientError");
    await expect(mint(clientFor(portal.baseUrl))).rejects.toMatchObject({ kind: "unavailable", sent: "no" });
    const [reason] = await refused;
    expect(reason).toMatchObject({ code: "ERR_SSL_UNSUPPORTED_PROTOCOL" });
  });
});

describe("time", () => {
  it("ends a call that is not answered after ten seconds", async () => {
    const clock = manualClock();
    const portal = await startPortal(hang);
    const minted = expect(mint(clientFor(portal.baseUrl, { clock }))).rejects.toMatchObject({
      kind: "timeout",
      sent: "maybe",
    });
    await portal.receivedCount(1);
    await clock.advance(10_000);
    await minted;
  });

  it("ends a body that drips", async () => {
    const clock = manualClock();
    const portal = await startPortal((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).write("[");
      const drip = setInterval(() => response.write(" "), 5);
      response.on("close", () => clearInterval(drip));
    });
    const listed = expect(list(clientFor(portal.baseUrl, { clock }))).rejects.toMatchObject({
      kind: "timeout",
    });
    await portal.receivedCount(1);
    await clock.advance(10_000);
    await listed;
  });

  it("does not wait for the body of what cannot be the portal's no, nor keep a connection for it", async () => {
    let closed: Promise<unknown> | undefined;
    const portal = await startPortal((_request, response) => {
      closed = once(response, "close");
      response.writeHead(401, { "content-type": "text/html" }).write("<html>");
    });
    const client = clientFor(portal.baseUrl, { timeouts: { connectMs: 3_000, callMs: 60_000 } });
    await expect(list(client)).rejects.toMatchObject({ kind: "not_understood", cause: "another_server" });
    await closed;
  });

  it("ends a no whose body does not come", async () => {
    const clock = manualClock();
    const portal = await startPortal((_request, response) => {
      response.writeHead(401, { "content-type": "application/json" }).write('{"generalMessage":');
    });
    const minted = expect(mint(clientFor(portal.baseUrl, { clock }))).rejects.toMatchObject({
      kind: "timeout",
    });
    await portal.receivedCount(1);
    await clock.advance(10_000);
    await minted;
  });

  it("holds for calls that wait for a connection behind hung ones", async () => {
    const clock = manualClock();
    const portal = await startPortal(hang);
    const client = clientFor(portal.baseUrl, { clock });
    const calls = Array.from({ length: 50 }, () => list(client));
    const settled = Promise.allSettled(calls);
    await portal.receivedCount(12);
    await clock.advance(10_000);
    const kinds = (await settled).map((result) => result.status === "rejected" && result.reason.kind);
    expect(new Set(kinds)).toEqual(new Set(["timeout"]));
    // What was given up while it waited is not sent afterwards: the next are the breaker's question and a new list.
    portal.answerWith(respond(200, "[]"));
    await clock.advance(5_000);
    expect(await list(client)).toEqual([]);
    expect(portal.received).toHaveLength(14);
  });

  it("leaves room for a revocation while every list hangs", async () => {
    const portal = await startPortal((request, response) => {
      if (request.method === "DELETE") respond(200, "true")(request, response);
    });
    const clock = manualClock();
    const client = clientFor(portal.baseUrl, { clock });
    const settled = Promise.allSettled(Array.from({ length: 20 }, () => list(client)));
    await portal.receivedCount(12);
    expect(await client.revokeToken("p", credential, token)).toEqual({ outcome: "deleted" });
    await clock.advance(10_000);
    await settled;
  });

  it("ends with the caller", async () => {
    const portal = await startPortal(hang);
    const client = clientFor(portal.baseUrl);
    const caller = new AbortController();
    const listed = client.listTokens("p", credential, { signal: caller.signal });
    const ended = expect(listed).rejects.toMatchObject({ kind: "aborted", sent: "maybe" });
    await portal.receivedCount(1);
    caller.abort();
    await ended;
    const early = client.mintToken("p", credential, { signal: AbortSignal.abort() });
    await expect(early).rejects.toMatchObject({ kind: "aborted", sent: "no" });
    expect(portal.received).toHaveLength(1);
  });
});

describe("connections", () => {
  // On a kept connection that is just being closed nobody could tell whether a mint has happened.
  it("are new for every mint, and kept for lists", async () => {
    const ports: (number | undefined)[] = [];
    const portal = await startPortal((request, response) => {
      ports.push(response.socket?.remotePort);
      respond(200, request.method === "GET" ? "[]" : token, "text/plain")(request, response);
    });
    const client = clientFor(portal.baseUrl);
    for (let i = 0; i < 10; i += 1) await list(client);
    const forLists = new Set(ports).size;
    expect(forLists).toBeLessThan(10);
    for (let i = 0; i < 10; i += 1) await mint(client);
    expect(new Set(ports).size).toBe(forLists + 10);
  });

  it("let what is under way finish when the client is closed, and are gone then", async () => {
    const portal = await startPortal((request, response) => {
      setTimeout(() => respond(200, token, "text/plain")(request, response), 50);
    });
    const client = clientFor(portal.baseUrl);
    const minted = mint(client);
    await portal.receivedCount(1);
    await client.close();
    expect(await minted).toBe(token);
    await expect(list(client)).rejects.toMatchObject({ kind: "aborted", sent: "no" });
    await client.close();
  });
});
