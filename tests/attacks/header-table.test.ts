import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiPolicy, baseHeaders } from "@/lib/shared/security-headers";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { type RawAnswer, rawBytes, rawRequest } from "@/tests/support/raw-request";
import { httpsHome, signInOverHttps, startHttpsDesk } from "./support/https-desk";

/*
 * The headers of every kind of answer. An attacker needs one kind that was forgotten: an error page without a policy to
 * run a script in, a file that is taken for a script, an answer that stays in a shared cache or on a disk, a redirect
 * over plain http that somebody in between may rewrite.
 */

type Kind = {
  name: string;
  status: number;
  /** `document`: with a nonce of its own; `nothing`: may load nothing; `file`: neither, it is no document. */
  policy: "document" | "nothing" | "file";
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signedIn?: true;
  kept?: true;
};

const json = { "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin" };

/** `<script>` stands for a script file of the build. */
const kinds: Kind[] = [
  { name: "a document", status: 200, policy: "document", path: "/sign-in" },
  { name: "a document asked for by HEAD", status: 200, policy: "document", path: "/sign-in", method: "HEAD" },
  { name: "a document of the desk", status: 200, policy: "document", path: "/tokens", signedIn: true },
  {
    name: "a payload of the router's",
    status: 307,
    policy: "document",
    path: "/tokens",
    headers: { RSC: "1" },
  },
  { name: "a missing document", status: 404, policy: "document", path: "/nothing/here" },
  { name: "a redirect of a page", status: 307, policy: "document", path: "/" },
  { name: "a redirect of the framework's", status: 308, policy: "nothing", path: "/tokens/" },
  { name: "a redirect of an odd path", status: 308, policy: "nothing", path: "//evil.example/x" },
  { name: "a redirect of a path of the API", status: 308, policy: "nothing", path: "/api/session/" },
  { name: "a page asked to do something", status: 405, policy: "nothing", path: "/tokens", method: "POST" },
  { name: "a form sent too early", status: 303, policy: "nothing", path: "/sign-in", method: "POST" },
  {
    name: "another host's name",
    status: 307,
    policy: "nothing",
    path: "/",
    headers: { Host: "evil.example" },
  },
  { name: "a path that is none", status: 404, policy: "nothing", path: "/%ff" },
  { name: "a method nobody has", status: 405, policy: "nothing", path: "/sign-in", method: "TRACE" },
  { name: "a target of a proxy", status: 400, policy: "nothing", path: "http://evil.example/" },
  {
    name: "an expectation nobody meets",
    status: 417,
    policy: "nothing",
    path: "/",
    headers: { Expect: "x" },
  },
  { name: "a script file", status: 200, policy: "file", path: "<script>", kept: true },
  { name: "a missing script file", status: 404, policy: "file", path: "/_next/static/chunks/x.js" },
  {
    name: "a script file asked to do something",
    status: 405,
    policy: "file",
    path: "/_next/static/chunks/x.js",
    method: "POST",
  },
  {
    name: "a script file of another host's name",
    status: 307,
    policy: "file",
    path: "/_next/static/chunks/x.js",
    headers: { Host: "evil.example" },
  },
  { name: "a picture", status: 200, policy: "document", path: "/icon.svg" },
  { name: "the image optimizer", status: 404, policy: "document", path: "/_next/image?url=x&w=64&q=75" },
  { name: "JSON", status: 200, policy: "nothing", path: "/api/portals" },
  { name: "JSON with a cookie", status: 200, policy: "nothing", path: "/api/auth/csrf" },
  {
    name: "a download",
    status: 200,
    policy: "nothing",
    path: "/api/audit/export?format=csv",
    signedIn: true,
  },
  { name: "a method list", status: 204, policy: "nothing", path: "/api/portals", method: "OPTIONS" },
  { name: "an unknown parameter", status: 400, policy: "nothing", path: "/api/portals?x=1" },
  { name: "no session", status: 401, policy: "nothing", path: "/api/session" },
  {
    name: "another site",
    status: 403,
    policy: "nothing",
    path: "/api/portals",
    headers: { "Sec-Fetch-Site": "cross-site" },
  },
  { name: "a missing path of the API", status: 404, policy: "nothing", path: "/api/nothing" },
  { name: "a path of the API that is none", status: 404, policy: "nothing", path: "/api/%" },
  {
    name: "a wrong method",
    status: 405,
    policy: "nothing",
    path: "/api/portals",
    method: "DELETE",
    headers: json,
  },
  {
    name: "a body that is too large",
    status: 413,
    policy: "nothing",
    path: "/api/csp-report",
    method: "POST",
    headers: json,
    body: "x".repeat(65_537),
  },
  {
    name: "a body of another type",
    status: 415,
    policy: "nothing",
    path: "/api/csp-report",
    method: "POST",
    headers: { ...json, "Content-Type": "text/plain" },
    body: "x",
  },
  {
    name: "another host's name, of the API",
    status: 421,
    policy: "nothing",
    path: "/api/portals",
    headers: { Host: "evil.example" },
  },
];

const broken: Kind[] = [
  { name: "a failing document", status: 500, policy: "document", path: "/tokens", signedIn: true },
  { name: "a failing sign-in page", status: 500, policy: "document", path: "/sign-in", signedIn: true },
  { name: "a failing call", status: 500, policy: "nothing", path: "/api/session", signedIn: true },
  {
    name: "a failing session of next-auth's",
    status: 500,
    policy: "nothing",
    path: "/api/auth/session",
    signedIn: true,
  },
];

const schemes = ["http", "https"] as const;

describe.each(schemes)("over %s", (scheme) => {
  let desk: DeskProcess;
  let cookie: string;
  let script: string;
  let host: string;

  beforeAll(async () => {
    const https = scheme === "https";
    desk = https ? await startHttpsDesk() : await startDeskProcess();
    host = https ? new URL(httpsHome).host : `127.0.0.1:${desk.port}`;
    cookie = https
      ? (await signInOverHttps(desk, "ann")).cookie
      : (await desk.signedIn("ann")).cookieHeader();
    const page = await rawRequest(desk.port, "/sign-in", { headers: { Host: host } });
    script = /\/_next\/static\/[^"]+\.js/.exec(page.text)?.[0] ?? "";
  });
  afterAll(() => desk?.stop());

  const ask = ({ path, method, headers, body, signedIn }: Kind) =>
    rawRequest(desk.port, path === "<script>" ? script : path, {
      method,
      headers: { Host: host, ...(signedIn ? { Cookie: cookie } : {}), ...headers },
      body,
    });

  function expectHeaders(
    answer: RawAnswer,
    { path, policy, kept }: Pick<Kind, "path" | "policy" | "kept">,
  ): void {
    const { headers } = answer;
    const expected = baseHeaders(scheme === "https" ? "on" : "off");
    for (const [name, value] of Object.entries(expected))
      expect([name, headers[name.toLowerCase()]]).toEqual([name, value]);
    if (scheme === "http") expect(headers).not.toHaveProperty("strict-transport-security");
    for (const name of ["x-powered-by", "server", "access-control-allow-origin"])
      expect(headers).not.toHaveProperty(name);
    if (kept) expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    else expect(headers["cache-control"]).toMatch(/\bno-store\b/);
    if (!kept && !path.startsWith("/api")) expect(headers["cache-control"]).toMatch(/\bno-transform\b/);
    const given = String(headers["content-security-policy"]);
    if (policy === "nothing") expect(given).toBe(apiPolicy);
    if (policy === "document") {
      expect(given).toMatch(/^default-src 'none'; script-src 'nonce-[\w+/=]{24}' 'strict-dynamic'; /);
      for (const directive of [
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
      ])
        expect(given.split("; ")).toContain(directive);
      expect(given.replace("style-src-attr 'unsafe-inline'", "")).not.toContain("unsafe-");
      expect(given).toMatch(/report-uri \/api\/csp-report; report-to csp$/);
    } else expect(headers["content-type"] ?? "").not.toMatch(/html/);
  }

  it.each(kinds.map((kind) => [kind.name, kind] as const))("%s has them all", async (_name, kind) => {
    const answer = await ask(kind);
    expect(answer.status).toBe(kind.status);
    expectHeaders(answer, kind);
  });

  it("too many requests have them all", async () => {
    const flood = { path: "/api/csp-report", method: "POST", headers: json, body: "[]" };
    let answer = await ask({ ...flood, name: "", status: 0, policy: "nothing" });
    while (answer.status !== 429) answer = await ask({ ...flood, name: "", status: 0, policy: "nothing" });
    expectHeaders(answer, { path: flood.path, policy: "nothing" });
  });

  // What Node refuses itself never comes to anything of ours, nor of the framework's.
  it("what is no HTTP has them too", async () => {
    for (const [sent, line] of [
      ["GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", /^HTTP\/1\.1 400 /],
      [`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${"x".repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ] as const) {
      const text = await rawBytes(desk.port, sent);
      expect(text).toMatch(line);
      for (const pair of Object.entries(baseHeaders(scheme === "https" ? "on" : "off")))
        expect(text).toContain(pair.join(": "));
    }
  });

  describe("while the store is broken", () => {
    beforeAll(() => {
      const database = new Database(join(desk.dataDir, "tokendesk.db"));
      database.exec("alter table sessions rename to sessions_away");
      database.close();
    });

    it.each(broken.map((kind) => [kind.name, kind] as const))("%s has them all", async (_name, kind) => {
      const answer = await ask(kind);
      expect(answer.status).toBe(kind.status);
      expectHeaders(answer, kind);
      // A store that is away for a moment must not sign anybody out.
      expect(answer.headers).not.toHaveProperty("set-cookie");
    });
  });
});
