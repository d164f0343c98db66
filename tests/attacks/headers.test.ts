import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { type RawAnswer, rawRequest } from "@/tests/support/raw-request";
import { httpsHome, signInOverHttps, startHttpsDesk } from "./support/https-desk";

const policyOf = ({ headers }: RawAnswer) => String(headers["content-security-policy"]);
const nonceOf = (answer: RawAnswer) => /script-src 'nonce-([^']+)'/.exec(policyOf(answer))?.[1] ?? "";
describe("over http on loopback", () => {
  let desk: DeskProcess;
  const get = (path: string, headers = {}) => rawRequest(desk.port, path, { headers });

  beforeAll(async () => {
    desk = await startDeskProcess();
  });
  afterAll(() => desk.stop());

  // A nonce that repeats, or that a request can choose, is a password everybody knows.
  it("every document has a nonce of its own, in its policy and on each of its scripts", async () => {
    const fifty = (path: string) => Promise.all(Array.from({ length: 50 }, () => get(path)));
    const answers = await fifty("/sign-in");
    const nonces = answers.map(nonceOf);
    // The picture is given one in the same way, and need not be rendered.
    const further: string[] = [];
    while (further.length < 950) further.push(...(await fifty("/icon.svg")).map(nonceOf));
    expect(new Set([...nonces, ...further]).size).toBe(1000);
    for (const nonce of nonces) expect(Buffer.from(nonce, "base64")).toHaveLength(16);
    for (const [index, answer] of answers.entries()) {
      const scripts = answer.text.match(/<script\b[^>]*>/g) ?? [];
      expect(scripts.length).toBeGreaterThan(0);
      for (const script of scripts) expect(script).toContain(`nonce="${nonces[index]}"`);
    }
  });

  it("a nonce of the request's is ignored", async () => {
    const answer = await get("/sign-in", {
      "Content-Security-Policy": "script-src 'nonce-evil'",
      "Content-Security-Policy-Report-Only": "script-src 'nonce-evil'",
      "X-Nonce": "evil",
    });
    expect(answer.text).not.toContain("evil");
    expect(policyOf(answer)).not.toContain("evil");
  });

  it("a document has the same policy when it is missing", async () => {
    expect(policyOf(await get("/nothing/here"))).toContain("default-src 'none'; script-src 'nonce-");
  });

  it("the policy of an answer of the API lets it do nothing", async () => {
    expect(policyOf(await get("/api/portals"))).toBe("default-src 'none'; frame-ancestors 'none'");
  });

  it("there is no image optimizer, no upgrade and no source", async () => {
    for (const path of [
      "/_next/image?url=%2Ficon.svg&w=64&q=75",
      "/.git/HEAD",
      "/.env",
      "/package.json",
      "/data/secret",
    ])
      expect((await get(path)).status).toBe(404);
    const upgrade = rawRequest(desk.port, "/api/session", {
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    });
    const outcome = await Promise.race([
      upgrade.then(
        ({ status }) => status,
        () => "closed",
      ),
      new Promise((wake) => setTimeout(() => wake("silent"), 1000)),
    ]);
    expect(outcome).not.toBe(101);
  });

  // The address of the desk is what its owner configured: a name that points here could be anybody's.
  it("under another name a document leads home, and the API answers 421", async () => {
    const headers = { Host: "evil.example" };
    const document = await get("/tokens?x=1", headers);
    expect([document.status, document.headers.location]).toEqual([
      307,
      `${desk.baseUrl}/tokens?x=1&led-home`,
    ]);
    const call = await get("/api/portals", headers);
    expect([call.status, JSON.parse(call.text).code]).toEqual([421, "misdirected"]);
    expect((await rawRequest(desk.port, "/tokens", { method: "POST", headers })).status).toBe(421);
    expect((await get("/api/health/live", headers)).status).toBe(200);
    const confused = await get("//evil.example/%2e%2e", headers);
    if (confused.headers.location)
      expect(new URL(String(confused.headers.location), "http://elsewhere").hostname).not.toBe("elsewhere");
  });

  it("a report of the policy is taken, kept short, and not by the flood", async () => {
    const report = (body: unknown, type: string) =>
      rawRequest(desk.port, "/api/csp-report", {
        method: "POST",
        headers: { "Content-Type": type, "Sec-Fetch-Site": "same-origin" },
        body: JSON.stringify(body),
      });
    const old = {
      "csp-report": {
        "blocked-uri": "https://evil.example/x?hunter2-canary",
        "violated-directive": "img-src",
      },
    };
    expect((await report(old, "application/csp-report")).status).toBe(204);
    const batch = [
      { type: "csp-violation", url: "x", body: { blockedURL: "inline", effectiveDirective: "script-src" } },
    ];
    expect((await report(batch, "application/reports+json")).status).toBe(204);
    expect(desk.output()).toContain('"blocked":"https://evil.example/x"');
    expect(desk.output()).not.toContain("hunter2-canary");
    const statuses = await Promise.all(
      Array.from({ length: 80 }, () => report(old, "application/csp-report")),
    );
    expect(statuses.some(({ status }) => status === 429)).toBe(true);
  });
});

describe("over https, behind a proxy", () => {
  let desk: DeskProcess;
  beforeAll(async () => {
    desk = await startHttpsDesk();
  });
  afterAll(() => desk?.stop());

  // A cookie that another host of the domain can set, or that plain http carries, is anybody's.
  it("cookies are bound to the host and to https", async () => {
    const { csrf, answer } = await signInOverHttps(desk, "ann");
    expect(csrf.headers["set-cookie"]).toHaveLength(1);
    expect(csrf.headers["set-cookie"]?.[0]).toMatch(
      /^__Host-tokendesk\.csrf=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(JSON.parse(answer.text)).toEqual({ url: `${httpsHome}/tokens` });
    const [session = ""] = answer.headers["set-cookie"] ?? [];
    expect(session).toMatch(
      /^__Host-tokendesk\.session=[^;]+; Max-Age=43200; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(session).not.toContain("Domain");
  });

  // One hop is trusted: the address is what the proxy saw, not what the client told it.
  it("the address of the caller is the one that the proxy saw", async () => {
    const { get } = await signInOverHttps(desk, "ann", { "X-Forwarded-For": "6.6.6.6, 198.51.100.7" });
    const entries = JSON.parse((await get("/api/audit")).text).items as { action: string; ip: string }[];
    expect(entries.find(({ action }) => action === "session.sign_in")?.ip).toBe("198.51.100.7");
  });
});
