import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { BlockList } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EnvError, isLoopback, readEnv } from "@/lib/server/env";
import { scrub } from "@/lib/server/scrub";

const folder = mkdtempSync(join(tmpdir(), "tokendesk-env-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const secret = "0123456789abcdefghijklmnopqrstuvwxyz-this-is-secret";
const read = (variables: Record<string, string>) => readEnv({ NODE_ENV: "test", ...variables });
/** What a desk off loopback needs at least. */
const outside = {
  TOKENDESK_URL: "https://desk.example",
  TOKENDESK_ALLOW: "vacd",
  TOKENDESK_SECRET: secret,
};
const portals = (...list: object[]) => ({ PORTALS: JSON.stringify(list) });
const sim = { id: "sim", name: "Simulator", baseUrl: "http://127.0.0.1:4010/api" };

describe("a forward proxy", () => {
  const proxy = (variables: Record<string, string>) => read(variables).forwardProxy;

  test("is none unless one is named", () => {
    expect(proxy({})).toBeUndefined();
    expect(proxy({ NO_PROXY: "*", HTTPS_PROXY: " " })).toBeUndefined();
  });

  test("is for https by its own name, else by the other", () => {
    const [one, other] = ["http://one.example:3128/", "http://other.example:3128/"];
    const named = (variables: Record<string, string>) => {
      const found = proxy(variables);
      return [found?.http?.href, found?.https.href];
    };
    expect(named({ HTTPS_PROXY: one })).toEqual([undefined, one]);
    expect(named({ HTTP_PROXY: other })).toEqual([other, other]);
    expect(named({ HTTPS_PROXY: one, HTTP_PROXY: other })).toEqual([other, one]);
  });

  test("may be written in small letters, which go before, and without a scheme", () => {
    const both = proxy({ https_proxy: "one.example:3128", HTTPS_PROXY: "http://other.example" });
    expect(both?.https.href).toBe("http://one.example:3128/");
    const { noProxy } =
      proxy({ https_proxy: "x.example", no_proxy: "a.example", NO_PROXY: "b.example" }) ?? {};
    expect(noProxy).toBe("a.example");
  });

  test.each([
    [" * ", "*"],
    ["localhost, *", "*"],
    [" a.example  b.example:8443,", "a.example,b.example:8443"],
  ])("is not for the hosts of %j", (given, noProxy) => {
    expect(proxy({ HTTPS_PROXY: "x.example", NO_PROXY: given })?.noProxy).toBe(noProxy);
  });

  test("is shown without what opens it", () => {
    const shown = proxy({
      HTTPS_PROXY: "http://desk:canary@proxy.example:3128",
      NO_PROXY: "localhost",
    })?.shown;
    expect(shown).toBe("http://proxy.example:3128 (not for localhost)");
  });

  test.each([
    "socks5://proxy.example",
    "http://",
    "http://a b",
    "ftp://x",
    "http://u:%zz@proxy.example",
    "http://u:2024/canary@proxy.example",
  ])("%s is refused, and not repeated", (value) => {
    expect(() => proxy({ HTTP_PROXY: value })).toThrow(EnvError);
    expect(() => proxy({ HTTP_PROXY: value })).toThrow(/^HTTP_PROXY wants (?!.*(?:@|canary|2024))/);
  });
});

describe("nothing to configure on one's own machine", () => {
  test("everything has its default", () => {
    expect(read({})).toEqual({
      url: new URL("http://127.0.0.1:3000"),
      loopback: true,
      port: 3000,
      dataDir: "./data",
      checkpointsFile: "data/audit-checkpoints.jsonl",
      databaseUrl: undefined,
      secret: undefined,
      portals: [
        { id: "vacd", name: expect.any(String), baseUrl: "https://portal.vacd.biz/api" },
        { id: "virtualacd", name: expect.any(String), baseUrl: "https://portal.virtualacd.biz/api" },
      ],
      allow: "everyone",
      admins: [],
      tokenSignIn: true,
      seal: "minted",
      sessionIdleMinutes: 30,
      sessionMaxHours: 12,
      stepUpMinutes: 15,
      portalCallsPerMinute: 100,
      proxies: { hops: 0, networks: expect.any(BlockList) },
      hsts: "off",
      keepAliveSeconds: 75,
    });
  });

  test("an empty variable is one that is not set", () => {
    expect(read({ TOKENDESK_ALLOW: "", TOKENDESK_SECRET: "", PORTALS: "", DATABASE_URL: "" })).toEqual(
      read({}),
    );
  });
});

test("off loopback it reads what it is given", () => {
  const env = read({
    ...outside,
    ...portals(sim),
    TOKENDESK_ALLOW: "vacd, virtualacd:account:42 sim:user:Ann@Demo.example sim:userId:7",
    TOKENDESK_ADMINS: "vacd:Rosa@demo.example vacd:user:Kim@demo.example vacd:userId:42",
    TOKENDESK_TOKEN_SIGN_IN: "off",
    TOKENDESK_SEAL: "needed",
    TRUSTED_PROXY_HOPS: "2",
    TRUSTED_PROXIES: "10.1.0.0/16, 2001:db8::7",
    DATABASE_URL: "postgres://desk:pw@db/desk",
  });
  expect(env).toMatchObject({
    loopback: false,
    secret,
    allow: [
      { portal: "vacd" },
      { portal: "virtualacd", account: "42" },
      { portal: "sim", userName: "Ann@Demo.example" },
      { portal: "sim", userId: "7" },
    ],
    admins: [
      { portal: "vacd", userName: "Rosa@demo.example" },
      { portal: "vacd", userName: "Kim@demo.example" },
      { portal: "vacd", userId: "42" },
    ],
    tokenSignIn: false,
    seal: "needed",
    proxies: { hops: 2 },
  });
  const v4 = ["10.1.2.3", "10.2.0.1", "127.0.0.1"];
  expect(v4.filter((address) => env.proxies.networks.check(address))).toEqual(["10.1.2.3"]);
  const v6 = ["2001:db8::7", "2001:db8::8", "::1"];
  expect(v6.filter((address) => env.proxies.networks.check(address, "ipv6"))).toEqual(["2001:db8::7"]);
  expect(env.portals).toHaveLength(3);
});

test("the desk's address is one, however it is written", () => {
  for (const TOKENDESK_URL of ["https://DESK.Example.", "https://desk.example.:443/"])
    expect(read({ ...outside, TOKENDESK_URL }).url.href).toBe("https://desk.example/");
  expect(read({ TOKENDESK_URL: "http://LOCALHOST.:3000" })).toMatchObject({ loopback: true });
});

test("browsers are told to use https unless they come by http, or the proxy tells them", () => {
  const https = { ...outside, TOKENDESK_URL: "https://desk.example" };
  const hsts = (more: Record<string, string>) => read({ ...https, ...more }).hsts;
  expect(hsts({})).toBe("on");
  expect(hsts({ TOKENDESK_HSTS: "subdomains" })).toBe("subdomains");
  expect(hsts({ TOKENDESK_HSTS: "off" })).toBe("off");
  expect(read({ TOKENDESK_HSTS: "subdomains" }).hsts).toBe("off");
});

test("a secret may lie in a file", () => {
  const file = join(folder, "secret");
  writeFileSync(file, `${secret}\n`);
  expect(read({ TOKENDESK_SECRET_FILE: file }).secret).toBe(secret);
  expect(read({ TOKENDESK_SECRET_FILE: file, TOKENDESK_SECRET: `${secret}!` }).secret).toBe(`${secret}!`);
});

test("the metrics' token is another secret, given as those are", () => {
  const token = randomBytes(32).toString("base64");
  const file = join(folder, "metrics-token");
  writeFileSync(file, `${token}\n`);
  expect(read({}).metricsToken).toBeUndefined();
  expect(read({ TOKENDESK_METRICS_TOKEN: token }).metricsToken).toBe(token);
  expect(read({ TOKENDESK_METRICS_TOKEN_FILE: file }).metricsToken).toBe(token);
  expect(scrub(`a line with ${token} in it`)).toBe("a line with [masked] in it");
  // Whoever scrapes would hold what opens each sealed value, and signs each cookie.
  const asSecret = () => read({ TOKENDESK_SECRET: token, TOKENDESK_METRICS_TOKEN_FILE: file });
  expect(asSecret).toThrow(EnvError);
  expect(asSecret).toThrow(/^TOKENDESK_METRICS_TOKEN must not be [^\n]*TOKENDESK_SECRET[^\n]*$/);
});

describe("what would be unsafe or cannot be meant is refused with one line that names the variable", () => {
  const short = join(folder, "short");
  writeFileSync(short, "too-short-a-secret\n");
  const without = (name: string) =>
    Object.fromEntries(Object.entries(outside).filter(([key]) => key !== name));

  const refused: [string, Record<string, string>, RegExp][] = [
    ["no secret off loopback", without("TOKENDESK_SECRET"), /^TOKENDESK_SECRET/],
    ["no secret on PostgreSQL", { DATABASE_URL: "postgres://db/desk" }, /^TOKENDESK_SECRET/],
    ...[
      "mysql://u:pw@db/desk",
      '"postgres://u:pw@db/desk"',
      "postgres://u:p@ss/word@db/desk",
      "postgres://u:p#ss@db/desk",
      "postgres://u:p%zz@db/desk",
      "postgres://u:pw@db:70000/desk",
      "postgres://u:pw@one,two/desk",
      "postgres://u:pw@db/de/sk",
      "postgres://u:pw@db/desk?sslmode=strict",
      `postgres://u:pw@db/desk?sslmode=verify-full&sslrootcert=${join(folder, "none.pem")}`,
    ].map((url): [string, Record<string, string>, RegExp] => [
      `the database ${url.replace(folder, "")}`,
      { DATABASE_URL: url, TOKENDESK_SECRET: secret },
      /^DATABASE_URL [^\n]+$/,
    ]),
    [
      "a secret file that is a folder",
      { TOKENDESK_SECRET_FILE: folder },
      /^TOKENDESK_SECRET_FILE cannot be read: .* is no file$/,
    ],
    ["a short secret", { TOKENDESK_SECRET: "short-secret-of-31-characters-x" }, /^TOKENDESK_SECRET/],
    ["a short secret in a file", { TOKENDESK_SECRET_FILE: short }, /^TOKENDESK_SECRET_FILE/],
    [
      "a secret file that is not there",
      { TOKENDESK_SECRET_FILE: join(folder, "none") },
      /^TOKENDESK_SECRET_FILE/,
    ],
    ["nobody named off loopback", without("TOKENDESK_ALLOW"), /^TOKENDESK_ALLOW/],
    ["plain http off loopback", { ...outside, TOKENDESK_URL: "http://desk.example" }, /^TOKENDESK_URL/],
    ["an address with a path", { TOKENDESK_URL: "http://127.0.0.1:3000/desk" }, /^TOKENDESK_URL/],
    ["an address with a user", { TOKENDESK_URL: "http://u@127.0.0.1:3000" }, /^TOKENDESK_URL/],
    ["an address with a password", { TOKENDESK_URL: "http://:pw@127.0.0.1:3000" }, /^TOKENDESK_URL/],
    ["another protocol", { TOKENDESK_URL: "ftp://127.0.0.1" }, /^TOKENDESK_URL/],
    ["no address", { TOKENDESK_URL: "desk.example" }, /^TOKENDESK_URL/],
    [
      "a host of many names",
      { ...outside, TOKENDESK_URL: "https://*.example" },
      /^TOKENDESK_URL wants a host/,
    ],
    [
      "a host of two dots",
      { ...outside, TOKENDESK_URL: "https://desk.example.." },
      /^TOKENDESK_URL wants a host/,
    ],
    ["a host of a dot", { ...outside, TOKENDESK_URL: "https://." }, /^TOKENDESK_URL wants a host/],
    ["port 0", { ...outside, TOKENDESK_URL: "https://desk.example:0" }, /^TOKENDESK_URL wants a host/],
    // next-auth takes even "false" for yes, and would then believe the Host header.
    ["trust in the Host header", { AUTH_TRUST_HOST: "false" }, /^AUTH_TRUST_HOST/],
    ["TLS that is not verified", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }, /^NODE_TLS_REJECT_UNAUTHORIZED/],
    [
      "a short metrics token",
      { TOKENDESK_METRICS_TOKEN: "x".repeat(31) },
      /^TOKENDESK_METRICS_TOKEN wants at least 32/,
    ],
    [
      "a metrics token of words",
      { TOKENDESK_METRICS_TOKEN: "a long canary of several words, with spaces" },
      /^TOKENDESK_METRICS_TOKEN(?!.*canary)/,
    ],
    [
      "a metrics token that no header takes",
      { TOKENDESK_METRICS_TOKEN: "é".repeat(40) },
      /^TOKENDESK_METRICS_TOKEN/,
    ],
    ["another database", { DATABASE_URL: "mysql://db/desk", TOKENDESK_SECRET: secret }, /^DATABASE_URL/],
    ["a port that is none", { PORT: "http" }, /^PORT/],
    ["a port out of range", { PORT: "70000" }, /^PORT/],
    ["a session without end", { TOKENDESK_SESSION_MAX_HOURS: "48" }, /^TOKENDESK_SESSION_MAX_HOURS/],
    ["idle for ever", { TOKENDESK_SESSION_IDLE_MINUTES: "0" }, /^TOKENDESK_SESSION_IDLE_MINUTES/],
    ["idle for too long", { TOKENDESK_SESSION_IDLE_MINUTES: "61" }, /^TOKENDESK_SESSION_IDLE_MINUTES/],
    ["half a minute", { TOKENDESK_STEP_UP_MINUTES: "0.5" }, /^TOKENDESK_STEP_UP_MINUTES/],
    ["no calls at all", { TOKENDESK_PORTAL_CALLS_PER_MINUTE: "0" }, /^TOKENDESK_PORTAL_CALLS_PER_MINUTE/],
    ["neither on nor off", { TOKENDESK_TOKEN_SIGN_IN: "maybe" }, /^TOKENDESK_TOKEN_SIGN_IN wants on or off$/],
    ["an unknown policy", { TOKENDESK_SEAL: "all" }, /^TOKENDESK_SEAL wants minted or needed$/],
    ["https for whom", { TOKENDESK_HSTS: "all" }, /^TOKENDESK_HSTS wants on, subdomains or off$/],
    ["less than no proxy", { TRUSTED_PROXY_HOPS: "-1" }, /^TRUSTED_PROXY_HOPS/],
    ["a proxy by name", { TRUSTED_PROXIES: "proxy.example" }, /^TRUSTED_PROXIES/],
    ["a proxy in a zone", { TRUSTED_PROXIES: "fe80::1%eth0" }, /^TRUSTED_PROXIES .*zone/],
    ["a network without a size", { TRUSTED_PROXIES: "10.0.0.0/" }, /^TRUSTED_PROXIES/],
    ["a network larger than all", { TRUSTED_PROXIES: "10.0.0.0/33" }, /^TRUSTED_PROXIES/],
    ["a rule for no id", { TOKENDESK_ALLOW: "vacd:userId:" }, /^TOKENDESK_ALLOW/],
    ["an admin by what is no kind", { TOKENDESK_ADMINS: "vacd:userid:7" }, /^TOKENDESK_ADMINS/],
    ["an account of admins", { TOKENDESK_ADMINS: "vacd:account:7" }, /^TOKENDESK_ADMINS/],
    ["an admin by a kind alone", { TOKENDESK_ADMINS: "vacd:user" }, /^TOKENDESK_ADMINS/],
    ["an admin by id without one", { TOKENDESK_ADMINS: "vacd:userId" }, /^TOKENDESK_ADMINS/],
    ["an admin without an id", { TOKENDESK_ADMINS: "vacd:userId:" }, /^TOKENDESK_ADMINS/],
    ["portals that are no JSON", { PORTALS: "sim" }, /^PORTALS/],
    ["portals that are no list", { PORTALS: JSON.stringify(sim) }, /^PORTALS/],
    ["a portal without a name", portals({ id: "x", baseUrl: "https://x.example" }), /^PORTALS/],
    ["a portal with more than that", portals({ ...sim, header: "x" }), /^PORTALS/],
    ["a portal's id in capitals", portals({ ...sim, id: "SIM" }), /^PORTALS/],
    ["the id of a real portal", portals({ ...sim, id: "vacd" }), /^PORTALS/],
    ["an id twice", portals(sim, sim), /^PORTALS/],
    ["a portal in the clear", portals({ ...sim, baseUrl: "http://portal.example/api" }), /^PORTALS/],
    ["a portal with a password", portals({ ...sim, baseUrl: "https://:pw@portal.example" }), /^PORTALS/],
    ["a portal with a query", portals({ ...sim, baseUrl: "https://portal.example/?a=1" }), /^PORTALS/],
    ["an unknown portal to enter by", { TOKENDESK_ALLOW: "elsewhere" }, /^TOKENDESK_ALLOW/],
    ["an unknown kind of rule", { TOKENDESK_ALLOW: "vacd:group:admins" }, /^TOKENDESK_ALLOW/],
    ["a rule for nobody", { TOKENDESK_ALLOW: "vacd:user:" }, /^TOKENDESK_ALLOW/],
    ["rules for nobody", { TOKENDESK_ALLOW: " , " }, /^TOKENDESK_ALLOW/],
    ["an admin of an unknown portal", { TOKENDESK_ADMINS: "elsewhere:rosa" }, /^TOKENDESK_ADMINS/],
    ["an admin without a portal", { TOKENDESK_ADMINS: "rosa@demo.example" }, /^TOKENDESK_ADMINS/],
    ["an admin without a name", { TOKENDESK_ADMINS: "vacd:" }, /^TOKENDESK_ADMINS/],
  ];
  test.each(refused)("%s", (_, variables, message) => {
    const attempt = () => read(variables);
    expect(attempt).toThrow(EnvError);
    expect(attempt).toThrow(message);
    const line = messageOf(attempt);
    expect(line).toMatch(/^[^\n]{10,200}$/);
    expect(line).not.toMatch(/secret-of-31|too-short-a|this-is-secret|:pw@/);
  });
});

test("plain http off loopback can be asked for", () => {
  const env = read({ ...outside, TOKENDESK_URL: "http://desk.example", TOKENDESK_ALLOW_HTTP: "on" });
  expect(env.loopback).toBe(false);
});

test.each([
  ["localhost", true],
  ["127.0.0.1", true],
  ["127.9.9.9", true],
  ["[::1]", true],
  ["0.0.0.0", false],
  ["127.0.0.1.evil.example", false],
  ["localhost.evil.example", false],
  ["10.0.0.1", false],
])("%s is loopback: %s", (host, is) => {
  expect(isLoopback(host)).toBe(is);
});

function messageOf(attempt: () => unknown): string {
  try {
    attempt();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}
