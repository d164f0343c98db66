import { describe, expect, it } from "vitest";
import type { PortalClient } from "@/lib/server/portal/client";
import { manualClock } from "@/tests/support/clock";
import { startForwardProxy } from "@/tests/support/forward-proxy";
import { clientFor, respond, startPortal } from "./portal-server";

const credential = "5a2f0e1c-9b7d-4c3e-8f1a-0d2b4c6e8a10";
const token = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
const list = (client: PortalClient) => client.listTokens("p", credential);
const through = (url: string, noProxy = "") => ({ http: new URL(url), noProxy });

describe("a forward proxy", () => {
  it("carries every call in a tunnel, and hears of no more than the portal's address", async () => {
    const proxy = await startForwardProxy();
    const portal = await startPortal(respond(200, "[]"));
    const client = clientFor(portal.baseUrl, { proxy: through(proxy.url) });
    expect(await list(client)).toEqual([]);
    portal.answerWith(respond(200, token, "text/plain"));
    expect(await client.mintToken("p", credential)).toBe(token);
    portal.answerWith(respond(204));
    expect(await client.revokeToken("p", credential, token)).toEqual({ outcome: "deleted" });
    expect(portal.received).toHaveLength(3);
    expect(new Set(proxy.asked.map(({ host }) => host))).toEqual(new Set([`127.0.0.1:${portal.port}`]));
  });

  it("is told its own user and password, and the portal is not", async () => {
    const proxy = await startForwardProxy({ credentials: "desk:p@ss/wörd" });
    const portal = await startPortal(respond(200, "[]"));
    expect(await list(clientFor(portal.baseUrl, { proxy: through(proxy.withCredentials) }))).toEqual([]);
    expect(portal.received[0]?.headers["proxy-authorization"]).toBeUndefined();
  });

  it("that lets nobody through is an outage, and nothing was sent", async () => {
    const proxy = await startForwardProxy({ credentials: "desk:other" });
    const portal = await startPortal(respond(200, token, "text/plain"));
    const minted = clientFor(portal.baseUrl, { proxy: through(proxy.url) }).mintToken("p", credential);
    await expect(minted).rejects.toMatchObject({ kind: "unavailable", cause: "proxy_refused", sent: "no" });
    expect(portal.received).toEqual([]);
  });

  it("hears a user without a password, too", async () => {
    const proxy = await startForwardProxy({ credentials: "desk:" });
    const portal = await startPortal(respond(200, "[]"));
    expect(await list(clientFor(portal.baseUrl, { proxy: through(proxy.withCredentials) }))).toEqual([]);
  });

  it.each([
    [502, "proxy_failed"],
    [503, "proxy_failed"],
    [403, "proxy_refused"],
    [302, "proxy_refused"],
  ])("that answers %i instead of a tunnel is told as what it is", async (status, cause) => {
    const proxy = await startForwardProxy();
    const portal = await startPortal(respond(200, token, "text/plain"));
    proxy.become(status);
    const minted = clientFor(portal.baseUrl, { proxy: through(proxy.url) }).mintToken("p", credential);
    await expect(minted).rejects.toMatchObject({ kind: "unavailable", cause, sent: "no" });
  });

  // undici would open a closed tunnel again and again, with all of a processor, also when nobody waits any more.
  it("that closes a tunnel before it opens it is asked once", async () => {
    const proxy = await startForwardProxy();
    const portal = await startPortal(respond(200, token, "text/plain"));
    proxy.become("close");
    const minted = clientFor(portal.baseUrl, { proxy: through(proxy.url) }).mintToken("p", credential);
    await expect(minted).rejects.toMatchObject({ kind: "unavailable", cause: "reset", sent: "no" });
    await new Promise((wake) => setTimeout(wake, 100));
    expect(proxy.asked).toHaveLength(1);
  });

  it("that is not there is an outage, and nothing goes past it", async () => {
    const portal = await startPortal(respond(200, "[]"));
    const client = clientFor(portal.baseUrl, { proxy: through("http://127.0.0.1:1") });
    await expect(list(client)).rejects.toMatchObject({ kind: "unavailable", cause: "refused" });
    expect(portal.received).toEqual([]);
  });

  it("that does not answer is given up, and used again when it does", async () => {
    const proxy = await startForwardProxy();
    const portal = await startPortal(respond(200, token, "text/plain"));
    const clock = manualClock();
    const timeouts = { connectMs: 200, callMs: 400 };
    const client = clientFor(portal.baseUrl, { proxy: through(proxy.url), timeouts, clock });
    proxy.become("hang");
    // More than there are connections for.
    const tries = Promise.allSettled(Array.from({ length: 10 }, () => client.mintToken("p", credential)));
    await expect.poll(() => proxy.asked.length).toBe(8);
    await clock.advance(400);
    for (const { status } of await tries) expect(status).toBe("rejected");
    proxy.become("open");
    // The breaker has opened meanwhile.
    await clock.advance(5_000);
    await expect.poll(() => client.mintToken("p", credential).catch(String), { timeout: 10_000 }).toBe(token);
  });

  it("is not for the hosts of NO_PROXY", async () => {
    const proxy = await startForwardProxy();
    const portal = await startPortal(respond(200, "[]"));
    for (const noProxy of ["127.0.0.1", "example.com, 127.0.0.1", `127.0.0.1:${portal.port}`, "*"])
      expect(await list(clientFor(portal.baseUrl, { proxy: through(proxy.url, noProxy) }))).toEqual([]);
    expect(proxy.asked).toEqual([]);
    expect(await list(clientFor(portal.baseUrl, { proxy: through(proxy.url, "127.0.0.1:1") }))).toEqual([]);
    expect(proxy.asked).toHaveLength(1);
  });
});
