import { request } from "node:http";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { first, portalUnderTest } from "./portal-under-test";

const portal = portalUnderTest();

const mint = (credential: string, init: RequestInit = {}) =>
  portal.call("POST", "/v1/admin/token", credential, init);
const tokensOf = async (key: string) => (await portal.control.user(portal.user(key).userName)).tokens;
const crm = () => first(portal.user("apiCrm").tokens);

describe("faults on the connection", () => {
  it("cuts before the effect, and after it", async () => {
    const before = await tokensOf("apiCrm");
    await portal.control.addFault({ endpoint: "mint", kind: "reset-before" });
    await expect(mint(crm())).rejects.toThrow();
    expect(await tokensOf("apiCrm")).toEqual(before);
    await portal.control.addFault({ endpoint: "mint", kind: "reset-after" });
    await expect(mint(crm())).rejects.toThrow();
    expect(await tokensOf("apiCrm")).toHaveLength(before.length + 1);
    const calls = await portal.control.calls({ endpoint: "mint" });
    expect(calls.map((call) => [call.status, call.faults])).toEqual([
      [null, ["reset-before"]],
      [null, ["reset-after"]],
    ]);
  });

  it("hangs, with or without the effect, until the faults are cleared", async () => {
    const before = (await tokensOf("apiCrm")).length;
    await portal.control.addFault({ endpoint: "mint", kind: "hang", effect: true });
    const hanging = mint(crm());
    const cut = expect(hanging).rejects.toThrow();
    expect(await portal.control.waitForCalls({ endpoint: "mint" }, 1)).toMatchObject([{ finishedAt: null }]);
    await expect.poll(() => tokensOf("apiCrm")).toHaveLength(before + 1);
    await portal.control.clearFaults();
    await cut;
    await portal.control.waitForCalls({ endpoint: "mint", finished: true }, 1);
  });

  it("sends half of the true answer", async () => {
    await portal.control.addFault({ endpoint: "list", kind: "truncated" });
    await expect(portal.call("GET", "/v1/admin/token", crm())).rejects.toThrow();
  });

  it("takes its time, before or after the effect, and drips", async () => {
    await portal.control.addFault({ endpoint: "list", kind: "latency", ms: 120 });
    await portal.control.addFault({ endpoint: "list", kind: "slow-drip", bytesPerStep: 40, msPerStep: 20 });
    const began = performance.now();
    expect((await portal.call("GET", "/v1/admin/token", crm())).json).toEqual(portal.user("apiCrm").tokens);
    expect(performance.now() - began).toBeGreaterThan(180);

    await portal.control.addFault({ endpoint: "mint", kind: "latency", ms: 60_000, when: "after" });
    const before = (await tokensOf("apiCrm")).length;
    const gone = new AbortController();
    const call = mint(crm(), { signal: gone.signal });
    const aborted = expect(call).rejects.toThrow();
    await expect.poll(() => tokensOf("apiCrm")).toHaveLength(before + 1);
    gone.abort();
    await aborted;
  });

  it("has a default latency for every call", async () => {
    await portal.control.setOptions({ latencyMs: 60 });
    const began = performance.now();
    await portal.call("GET", "/v1/admin/token", crm());
    expect(performance.now() - began).toBeGreaterThan(55);
  });
});

describe("faults in the answer", () => {
  it("answers a status, with the portal's error, any body, headers, and the effect if asked", async () => {
    const before = (await tokensOf("apiCrm")).length;
    await portal.control.addFault({ endpoint: "mint", kind: "status", status: 503, retryAfter: "7" });
    const refused = await mint(crm());
    expect(refused).toMatchObject({ status: 503, json: { generalMessage: "The request failed" } });
    expect(refused.headers.get("retry-after")).toBe("7");
    await portal.control.addFault({ endpoint: "mint", kind: "status", status: 500, body: "", effect: true });
    expect(await mint(crm())).toMatchObject({ status: 500, text: "" });
    expect(await tokensOf("apiCrm")).toHaveLength(before + 1);
    await portal.control.addFault({
      endpoint: "list",
      kind: "status",
      status: 200,
      body: '{"not": ',
      headers: { "set-cookie": "JSESSIONID=1" },
    });
    const odd = await portal.call("GET", "/v1/admin/token", crm());
    expect(odd).toMatchObject({ status: 200, text: '{"not": ' });
    expect(odd.headers.get("set-cookie")).toContain("JSESSIONID");
  });

  it("answers HTML, a redirect, and further headers", async () => {
    await portal.control.addFault({ endpoint: "any", kind: "html" });
    const html = await portal.call("GET", "/v1/admin/token", crm());
    expect(html).toMatchObject({ status: 502, text: expect.stringContaining("<html>") });
    await portal.control.addFault({
      endpoint: "list",
      kind: "redirect",
      location: "https://elsewhere.example/",
    });
    const redirect = await portal.call("GET", "/v1/admin/token", crm());
    expect(redirect.status).toBe(302);
    expect(redirect.headers.get("location")).toBe("https://elsewhere.example/");
    await portal.control.addFault({ endpoint: "list", kind: "headers", headers: { "x-more": "1" } });
    expect((await portal.call("GET", "/v1/admin/token", crm())).headers.get("x-more")).toBe("1");
  });

  it("answers a huge body, and a small one that unpacks to a huge one", async () => {
    const bytes = 3 * 1024 * 1024;
    await portal.control.addFault({ endpoint: "list", kind: "huge", bytes });
    const huge = await portal.call("GET", "/v1/admin/token", crm());
    expect(huge.text.length).toBeGreaterThan(bytes);
    expect(Array.isArray(huge.json)).toBe(true);
    await portal.control.addFault({ endpoint: "list", kind: "gzip-bomb", bytes });
    const packed = await new Promise<Buffer>((resolve, reject) => {
      const url = `${portal.simulator.baseUrl}/v1/admin/token`;
      request(url, { headers: { "x-auth-token": crm() } }, async (response) => {
        resolve(Buffer.concat(await response.toArray()));
      })
        .on("error", reject)
        .end();
    });
    expect(packed.length).toBeLessThan(bytes / 100);
    expect(gunzipSync(packed).length).toBeGreaterThan(bytes);
  });
});

describe("faults in what the portal does", () => {
  const remove = (token: string) => portal.call("DELETE", `/v1/admin/token/${token}`, crm());
  const listed = async () => (await portal.call("GET", "/v1/admin/token", crm())).json;
  const spare = () => portal.user("apiCrm").tokens[1] ?? "";

  it("says false on a delete, without and with the effect", async () => {
    await portal.control.addFault({ endpoint: "revoke", kind: "false" });
    expect(await remove(spare())).toMatchObject({ status: 200, text: "false" });
    expect(await listed()).toContain(spare());
    await portal.control.addFault({ endpoint: "revoke", kind: "false", effect: true });
    expect(await remove(spare())).toMatchObject({ status: 200, text: "false" });
    expect(await listed()).not.toContain(spare());
  });

  it("deletes late by list calls", async () => {
    await portal.control.addFault({ endpoint: "revoke", kind: "late", afterLists: 2 });
    expect(await remove(spare())).toMatchObject({ status: 200, text: "true" });
    expect(await listed()).toContain(spare());
    expect((await portal.call("GET", "/v1/admin/auth", spare())).status).toBe(200);
    expect(await listed()).toContain(spare());
    expect(await listed()).not.toContain(spare());
    expect((await portal.call("GET", "/v1/admin/auth", spare())).status).toBe(401);
    expect((await remove(spare())).status).toBe(404);
  });

  it("deletes late by the clock, in the list only or in use only", async () => {
    await portal.control.addFault({ endpoint: "revoke", kind: "late", afterMs: 30_000, affects: "list" });
    await remove(spare());
    expect(await listed()).toContain(spare());
    expect((await portal.call("GET", "/v1/admin/auth", spare())).status).toBe(401);
    await portal.control.changeClock({ advanceMs: 30_001 });
    expect(await listed()).not.toContain(spare());

    const other = portal.user("apiCrm").tokens[2] ?? "";
    await portal.control.addFault({ endpoint: "revoke", kind: "late", afterMs: 30_000, affects: "use" });
    await remove(other);
    expect(await listed()).not.toContain(other);
    expect((await portal.call("GET", "/v1/admin/auth", other)).status).toBe(200);
    await portal.control.changeClock({ advanceMs: 30_001 });
    expect((await portal.call("GET", "/v1/admin/auth", other)).status).toBe(401);
  });

  it("shows a mint late", async () => {
    await portal.control.addFault({ endpoint: "mint", kind: "late", afterLists: 1, affects: "list" });
    const { text: token } = await mint(crm());
    expect((await portal.call("GET", "/v1/admin/auth", token)).status).toBe(200);
    expect(await listed()).not.toContain(token);
    expect(await listed()).toContain(token);
  });
});

describe("how faults are aimed", () => {
  const status = async (credential: string) =>
    (await portal.call("GET", "/v1/admin/token", credential)).status;

  it("meets so many calls, after so many, of one user, one after the other", async () => {
    const { userName } = portal.user("apiCrm");
    const other = first(portal.user("ann").tokens);
    await portal.control.addFault({
      endpoint: "list",
      kind: "status",
      status: 500,
      skip: 1,
      count: 2,
      userName,
    });
    await portal.control.addFault({ endpoint: "list", kind: "status", status: 503, skip: 3, userName });
    const seen = [await status(crm()), await status(other), await status(crm()), await status(crm())];
    expect(seen).toEqual([200, 200, 500, 500]);
    expect(await portal.control.faults()).toMatchObject([{ status: 503, hits: 0 }]);
  });

  it("stays until it is cleared with a count of null", async () => {
    const fault = await portal.control.addFault({ endpoint: "any", kind: "html", count: null });
    for (let call = 0; call < 3; call += 1) expect(await status(crm())).toBe(502);
    expect(await portal.control.clearFaults(fault.id)).toBe(1);
    expect(await status(crm())).toBe(200);
  });

  it("refuses a fault that it does not know", async () => {
    // @ts-expect-error: there is no such kind
    await expect(portal.control.addFault({ endpoint: "list", kind: "explode" })).rejects.toThrow("400");
  });
});
