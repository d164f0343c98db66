import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseHeaders } from "@/lib/shared/security-headers";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { type RawAnswer, rawRequest } from "@/tests/support/raw-request";

const own = "desk.example";

/** What every kind of answer is asked for with: a document, JSON, errors of ours and of the framework, a file. */
const paths = [
  "/sign-in",
  "/",
  "/nothing/here",
  "/api/portals",
  "/api/nothing",
  "/api/session",
  "/_next/image?url=x",
];

async function expectHeaders(answer: RawAnswer, https: boolean): Promise<void> {
  for (const [name, value] of Object.entries(baseHeaders(https)))
    expect([name, answer.headers[name.toLowerCase()]]).toEqual([name, value]);
  if (!https) expect(answer.headers).not.toHaveProperty("strict-transport-security");
  expect(answer.headers).not.toHaveProperty("x-powered-by");
  expect(answer.headers).not.toHaveProperty("server");
}

const policyOf = ({ headers }: RawAnswer) => String(headers["content-security-policy"]);
const nonceOf = (answer: RawAnswer) => /script-src 'nonce-([^']+)'/.exec(policyOf(answer))?.[1] ?? "";
const fileIn = ({ text }: RawAnswer) => /\/_next\/static\/[^"]+\.js/.exec(text)?.[0] ?? "";

describe("over http on loopback", () => {
  let desk: DeskProcess;
  const get = (path: string, headers = {}) => rawRequest(desk.port, path, { headers });

  beforeAll(async () => {
    desk = await startDeskProcess();
  });
  afterAll(() => desk.stop());

  it.each(paths)("%s carries the headers of every answer, and is kept by no cache", async (path) => {
    const answer = await get(path);
    await expectHeaders(answer, false);
    expect(answer.headers["cache-control"]).toMatch(/no-store/);
  });

  it("a script file carries them too", async () => {
    const path = fileIn(await get("/sign-in"));
    const answer = await get(path);
    expect(answer.status).toBe(200);
    await expectHeaders(answer, false);
    expect((await get(`${path}.map`)).status).toBe(404);
  });

  // A nonce that repeats, or that a request can choose, is a password everybody knows.
  it("every document has a nonce of its own, in its policy and on each of its scripts", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => get("/sign-in")));
    const nonces = answers.map(nonceOf);
    expect(new Set(nonces).size).toBe(50);
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
    expect([document.status, document.headers.location]).toEqual([307, `${desk.baseUrl}/tokens?x=1`]);
    await expectHeaders(document, false);
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
  const get = (path: string, headers = {}) =>
    rawRequest(desk.port, path, { headers: { Host: own, ...headers } });

  beforeAll(async () => {
    desk = await startDeskProcess({
      env: {
        TOKENDESK_URL: `https://${own}`,
        TOKENDESK_SECRET: "a secret of more than thirty-two characters",
        TOKENDESK_ALLOW: "sim",
        TRUSTED_PROXY_HOPS: "1",
      },
    });
  });
  afterAll(() => desk.stop());

  it.each(paths)("%s carries HSTS besides", async (path) => expectHeaders(await get(path), true));

  it("a script file and the redirect of another name carry it too", async () => {
    await expectHeaders(await get(fileIn(await get("/sign-in"))), true);
    const redirect = await rawRequest(desk.port, "/", { headers: { Host: "other.example" } });
    expect(redirect.headers.location).toBe(`https://${own}/`);
    await expectHeaders(redirect, true);
  });

  it("cookies are bound to the host and to https", async () => {
    const csrf = await get("/api/auth/csrf");
    const cookies = [String(csrf.headers["set-cookie"]?.[0]).split(";")[0] ?? ""];
    expect(csrf.headers["set-cookie"]).toHaveLength(1);
    expect(csrf.headers["set-cookie"]?.[0]).toMatch(
      /^__Host-tokendesk\.csrf=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const { userName, password } = desk.simulator.seed.user("ann");
    const { csrfToken } = JSON.parse(csrf.text);
    const answer = await rawRequest(desk.port, "/api/auth/callback/portal", {
      method: "POST",
      headers: {
        Host: own,
        Origin: `https://${own}`,
        Cookie: cookies.join("; "),
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Forwarded-For": "6.6.6.6, 198.51.100.7",
      },
      body: new URLSearchParams({
        csrfToken,
        json: "true",
        portal: "sim",
        username: userName,
        password,
      }).toString(),
    });
    expect(JSON.parse(answer.text)).toEqual({ url: `https://${own}/tokens` });
    const [session = ""] = answer.headers["set-cookie"] ?? [];
    expect(session).toMatch(
      /^__Host-tokendesk\.session=[^;]+; Max-Age=43200; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(session).not.toContain("Domain");

    // One hop is trusted: the address is what the proxy saw, not what the client told it.
    const audit = await get("/api/audit", { Cookie: session.split(";")[0] });
    const entries = JSON.parse(audit.text).items as { action: string; ip: string }[];
    expect(entries.find(({ action }) => action === "session.sign_in")?.ip).toBe("198.51.100.7");
  });
});
