import { describe, expect, it } from "vitest";
import type { PortalCallEvent, PortalClient } from "@/lib/server/portal/client";
import type { PortalOutcome } from "@/lib/server/portal/sender";
import { manualClock } from "@/tests/support/clock";
import { clientFor, hang, inTurn, refuse, reset, respond, startPortal } from "./portal-server";

const credential = "5a2f0e1c-9b7d-4c3e-8f1a-0d2b4c6e8a10";
const token = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
const list = (client: PortalClient) => client.listTokens("p", credential);
const mint = (client: PortalClient) => client.mintToken("p", credential);
const signIn = (client: PortalClient) => client.login("p", { username: "ann", password: "secret" });
const signedIn = JSON.stringify({ authToken: credential, userName: "ann" });

describe("a 429", () => {
  it.each([
    ["seconds", "30", 30_000],
    ["a date", new Date(Date.UTC(2025, 0, 15, 12, 1)).toUTCString(), 60_000],
    ["nothing", "", 1_000],
    ["something absurd", "999999", 300_000],
  ])("that says %s is obeyed by every call, at once", async (_name, retryAfter, retryAfterMs) => {
    const clock = manualClock(Date.UTC(2025, 0, 15, 12));
    const portal = await startPortal(respond(429, "", "text/plain", { "retry-after": retryAfter }));
    const client = clientFor(portal.baseUrl, { clock });
    const paused = { kind: "rate_limited", sent: "no", retryAfterMs };
    await expect(list(client)).rejects.toMatchObject({ ...paused, status: 429 });
    expect(client.status("p")).toEqual({ state: "limited", retryAt: clock.now() + retryAfterMs });
    await expect(mint(client)).rejects.toMatchObject(paused);
    await expect(signIn(client)).rejects.toMatchObject(paused);
    expect(portal.received).toHaveLength(1);

    portal.answerWith(respond(200, "[]"));
    await clock.advance(retryAfterMs);
    expect(client.status("p")).toEqual({ state: "up" });
    expect(await list(client)).toEqual([]);
  });

  it("lets the revocation that it held back go first, and what is asked in that second after it", async () => {
    const clock = manualClock();
    const portal = await startPortal(
      inTurn(respond(429, "", "text/plain", { "retry-after": "5" }), respond(204), respond(200, "[]")),
    );
    const client = clientFor(portal.baseUrl, { clock });
    const revoke = () => client.revokeToken("p", credential, token);
    await expect(list(client)).rejects.toMatchObject({ kind: "rate_limited" });
    await expect(revoke()).rejects.toMatchObject({ kind: "rate_limited", retryAfterMs: 5_000 });
    await clock.advance(5_000);
    const others = [list(client), list(client)];
    const whatWaitsForNothing = client.listTokens("p", credential, { atOnce: true });
    await expect(whatWaitsForNothing).rejects.toMatchObject({ kind: "rate_limited", retryAfterMs: 1_000 });
    expect(await revoke()).toEqual({ outcome: "deleted" });
    expect(portal.received).toHaveLength(2);
    await clock.advance(1_000);
    await Promise.all(others);
    expect(portal.received.map(({ method }) => method)).toEqual(["GET", "DELETE", "GET", "GET"]);
  });

  it("costs no budget while it lasts", async () => {
    const clock = manualClock();
    const portal = await startPortal(
      inTurn(respond(429, "", "text/plain", { "retry-after": "5" }), respond(200, "[]")),
    );
    const client = clientFor(portal.baseUrl, { clock, callsPerMinute: 3 });
    for (let i = 0; i < 10; i += 1)
      await expect(list(client)).rejects.toMatchObject({ kind: "rate_limited" });
    await clock.advance(5_000);
    expect(await list(client)).toEqual([]);
  });

  it("holds back a call that was waiting for budget when it came", async () => {
    const clock = manualClock();
    const portal = await startPortal(respond(200, "[]"));
    const client = clientFor(portal.baseUrl, { clock, callsPerMinute: 3 });
    await list(client);
    await clock.advance(55_000);
    portal.answerWith((request, response) => {
      setImmediate(() => respond(429, "", "text/plain", { "retry-after": "30" })(request, response));
    });
    const refused = expect(list(client)).rejects.toMatchObject({ kind: "rate_limited", status: 429 });
    await clock.advance(4_000);
    const waiting = expect(list(client)).rejects.toMatchObject({ kind: "rate_limited", sent: "no" });
    await refused;
    await clock.advance(1_000);
    await waiting;
    expect(portal.received).toHaveLength(2);
  });

  it("of one origin is nothing to another, and holds for all portals of its own", async () => {
    const clock = manualClock();
    const one = await startPortal(respond(429, "", "text/plain", { "retry-after": "30" }));
    const two = await startPortal(respond(200, "[]"));
    const portals = [
      { id: "p", name: "P", baseUrl: one.baseUrl },
      { id: "same", name: "Same host", baseUrl: one.baseUrl.replace("/voice", "") },
      { id: "other", name: "Other host", baseUrl: two.baseUrl },
    ];
    const client = clientFor("http://localhost:1", { portals, clock });
    await expect(list(client)).rejects.toMatchObject({ kind: "rate_limited" });
    await expect(client.listTokens("same", credential)).rejects.toMatchObject({ kind: "rate_limited" });
    expect(one.received).toHaveLength(1);
    expect(await client.listTokens("other", credential)).toEqual([]);
    expect(client.status("same").state).toBe("limited");
    expect(client.status("other").state).toBe("up");
  });
});

describe("the budget", () => {
  it("keeps 300 lists in one minute below the portal's limit, and revocations still pass", async () => {
    const clock = manualClock();
    const portal = await startPortal((request, response) => {
      respond(200, request.method === "GET" ? "[]" : "true")(request, response);
    });
    const client = clientFor(portal.baseUrl, { clock, callsPerMinute: 100 });
    const results = await Promise.allSettled(Array.from({ length: 300 }, () => list(client)));
    const refused = results.filter((result) => result.status === "rejected").map((result) => result.reason);
    expect(refused).toHaveLength(220);
    expect(refused[0]).toMatchObject({ kind: "budget", sent: "no", retryAfterMs: 60_000 });
    expect(client.status("p")).toEqual({ state: "limited", retryAt: clock.now() + 60_000 });

    expect(await client.revokeToken("p", credential, token)).toEqual({ outcome: "deleted" });
    expect(portal.received).toHaveLength(81);
    await clock.advance(60_000);
    expect(await list(client)).toEqual([]);
  });

  it("counts every try", async () => {
    const portal = await startPortal(respond(503));
    const client = clientFor(portal.baseUrl, { callsPerMinute: 2 });
    // One call of the two is kept for revocations: there is no room for a second try, and the first one's end is told.
    await expect(list(client)).rejects.toMatchObject({ kind: "unavailable", status: 503 });
    expect(portal.received).toHaveLength(1);
  });
});

describe("the breaker", () => {
  const down = async (client: PortalClient) => {
    for (let i = 0; i < 5; i += 1) await expect(mint(client)).rejects.toMatchObject({ kind: "unavailable" });
  };

  it("answers at once while the portal is down", async () => {
    const clock = manualClock();
    const portal = await startPortal(respond(503));
    const client = clientFor(portal.baseUrl, { clock });
    await down(client);
    expect(client.status("p")).toEqual({ state: "down", retryAt: clock.now() + 5_000 });
    await expect(list(client)).rejects.toMatchObject({
      kind: "breaker_open",
      sent: "no",
      retryAfterMs: 5_000,
    });
    expect(portal.received).toHaveLength(5);
  });

  // A mint or a password must not be what finds out whether the portal is back.
  it("tries a portal with a GET that carries no secret, then lets the waiting call through", async () => {
    const clock = manualClock();
    const portal = await startPortal(respond(503));
    const client = clientFor(portal.baseUrl, { clock });
    await down(client);
    portal.answerWith((request, response) => {
      if (request.method === "GET") respond(401)(request, response);
      else respond(200, signedIn)(request, response);
    });
    await clock.advance(5_000);
    expect(await signIn(client)).toMatchObject({ authToken: credential });
    const [knock, login] = portal.received.slice(5);
    expect(knock).toMatchObject({ method: "GET", url: "/voice/api/v1/admin/users", body: "" });
    expect(knock?.headers).not.toHaveProperty("x-auth-token");
    expect(login).toMatchObject({ method: "POST", url: "/voice/api/v1/auth/login" });
    expect(client.status("p")).toEqual({ state: "up" });
  });

  it("stays open while the portal stays down, one GET at a time", async () => {
    const clock = manualClock();
    const portal = await startPortal(respond(503));
    const client = clientFor(portal.baseUrl, { clock });
    await down(client);
    for (const openMs of [5_000, 10_000, 20_000]) {
      await clock.advance(openMs);
      const calls = await Promise.allSettled(Array.from({ length: 20 }, () => mint(client)));
      expect(calls.every((call) => call.status === "rejected" && call.reason.kind === "breaker_open")).toBe(
        true,
      );
    }
    expect(portal.received.slice(5).map(({ method }) => method)).toEqual(["GET", "GET", "GET"]);
    portal.answerWith(respond(200, "[]"));
    await clock.advance(20_000);
    expect(await list(client)).toEqual([]);
  });

  it("tells what the portal says while it is down, not what it met when it went down", async () => {
    const clock = manualClock();
    const outcomes: PortalOutcome[] = [];
    const portal = await startPortal(reset);
    const client = clientFor(portal.baseUrl, { clock, onOutcome: (outcome) => outcomes.push(outcome) });
    await down(client);
    portal.answerWith(respond(500));
    await clock.advance(5_000);
    await expect(list(client)).rejects.toMatchObject({ kind: "breaker_open", cause: "server_error" });
    expect(outcomes.map(({ error }) => `${error?.kind} ${error?.cause}`).slice(4)).toEqual([
      "unavailable reset",
      "unavailable server_error",
      "breaker_open server_error",
    ]);
  });

  // A fault may be of one endpoint alone, and then nobody could do anything.
  it("is closed where anything answers that needs no credential", async () => {
    const clock = manualClock();
    const portal = await startPortal((request, response) => {
      if (request.url.includes("/users")) respond(500)(request, response);
      else respond(request.method === "GET" ? 401 : 503)(request, response);
    });
    const client = clientFor(portal.baseUrl, { clock });
    await down(client);
    portal.answerWith((request, response) => {
      if (request.url.includes("/users")) respond(500)(request, response);
      else respond(200, "[]")(request, response);
    });
    await clock.advance(5_000);
    await expect(list(client)).rejects.toMatchObject({ kind: "breaker_open" });
    await clock.advance(10_000);
    expect(await list(client)).toEqual([]);
  });

  it("lets one caller wait a second for a portal that hangs, and nobody else", async () => {
    const clock = manualClock();
    const portal = await startPortal(respond(503));
    const client = clientFor(portal.baseUrl, { clock, timeouts: { connectMs: 3_000, callMs: 60_000 } });
    await down(client);
    portal.answerWith(hang);
    await clock.advance(5_000);
    const first = expect(list(client)).rejects.toMatchObject({ kind: "breaker_open" });
    await portal.receivedCount(6);
    await expect(list(client)).rejects.toMatchObject({ kind: "breaker_open", retryAfterMs: 1_000 });
    await clock.advance(1_000);
    await first;
    await clock.advance(4_000);
    expect(client.status("p")).toMatchObject({ state: "down" });
  });

  it("is not opened by refusals, by pages, or by what is not understood", async () => {
    const portal = await startPortal(respond(200, "<html>", "text/html"));
    const client = clientFor(portal.baseUrl);
    for (let i = 0; i < 10; i += 1)
      await expect(list(client)).rejects.toMatchObject({ kind: "not_understood" });
    portal.answerWith(refuse(401));
    for (let i = 0; i < 10; i += 1)
      await expect(list(client)).rejects.toMatchObject({ kind: "unauthorized" });
    expect(client.status("p")).toEqual({ state: "up" });
  });
});

describe("what is told about calls", () => {
  it("is every try, and every refusal before one", async () => {
    const events: Omit<PortalCallEvent, "durationMs">[] = [];
    const portal = await startPortal(inTurn(respond(503), reset, respond(200, "[]"), respond(429)));
    const client = clientFor(portal.baseUrl, { onCall: ({ durationMs: _, ...event }) => events.push(event) });
    await list(client);
    await expect(mint(client)).rejects.toMatchObject({ kind: "rate_limited" });
    await expect(mint(client)).rejects.toMatchObject({ kind: "rate_limited" });
    const listing = { portalId: "p", endpoint: "GET /v1/admin/token" };
    const minting = { portalId: "p", endpoint: "POST /v1/admin/token" };
    expect(events).toEqual([
      { ...listing, kind: "unavailable", status: 503, cause: "server_error" },
      { ...listing, kind: "unavailable", cause: "reset" },
      { ...listing, status: 200 },
      { ...minting, kind: "rate_limited", status: 429 },
      { ...minting, kind: "rate_limited" },
    ]);
  });

  it("cannot spoil a call: a minted token is returned though the listener throws", async () => {
    const portal = await startPortal(respond(200, token, "text/plain"));
    const onCall = () => {
      throw new Error("disk full");
    };
    expect(await mint(clientFor(portal.baseUrl, { onCall }))).toBe(token);
  });
});
