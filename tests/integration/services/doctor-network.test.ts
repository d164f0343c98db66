import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import type { DeskAddress } from "../../../scripts/desk-address";
import type { Heard } from "../../../scripts/doctor/ask";
import { judgeSeen } from "../../../scripts/doctor/judge-front";
import { judgePage, judgeSignOn } from "../../../scripts/doctor/judge-page";
import { goodDesk, portalsOf, saidByDoctor, type Variables } from "../../support/doctor";
import { startForwardProxy } from "../../support/forward-proxy";
import { freePort } from "../../support/free-port";
import { startFrontProxy } from "../../support/front-proxy";
import { tries } from "../../support/size";
import { hang, refuse, respond, startPortal } from "../portal/portal-server";
import { selfSigned } from "../portal/self-signed";

/* `npm run doctor` on what is reached by the network: portals, clocks, and the proxy in front of a desk that does not run. */

const no = JSON.stringify({ generalMessage: "no", details: "", requestUri: "/x", timestamp: 1 });

/** Somebody who takes connections and says nothing. */
async function startSilence(): Promise<number> {
  const server = createServer((socket) => void socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe("portals", () => {
  test("are each asked as the desk asks, and each cause is told with what helps", async () => {
    const page = respond(200, "<!doctype html><title>Sign on</title>", "text/html");
    const portals = {
      good: (await startPortal(refuse(401))).baseUrl,
      busy: (await startPortal(respond(429, "", "text/plain", { "retry-after": "9" }))).baseUrl,
      page: (await startPortal(page)).baseUrl,
      gateway: (await startPortal(respond(404, "not found", "text/plain"))).baseUrl,
      broken: (await startPortal(respond(503))).baseUrl,
      refused: `http://127.0.0.1:${await freePort()}/api`,
      signed: (await startPortal(refuse(401), selfSigned())).baseUrl,
      nowhere: "https://portal.invalid/api",
    };
    const env = await goodDesk("sqlite", {
      PORTALS: portalsOf(portals),
      TOKENDESK_ALLOW: Object.keys(portals).join(" "),
    });
    const { Portals: said = [] } = await saidByDoctor(env);
    expect(said.map((line) => line.replace(/\(https?:\S+\)/, "()").replace(/\d+ ms/, "… ms"))).toEqual([
      "✓ good () answers, in … ms",
      "! busy () answers, and asks for a pause: too many calls come from here",
      expect.stringMatching(
        /^✗ page \(\): something else answers at its address \(status 200\): see the base URL/,
      ),
      expect.stringMatching(
        /^✗ gateway \(\): something else answers at its address \(status 404\): see the base/,
      ),
      expect.stringMatching(
        /^✗ broken \(\): it answers with an error of its own \(status 503\): look again later/,
      ),
      expect.stringMatching(/^✗ refused \(\): the connection is refused: look for a firewall/),
      expect.stringMatching(/^✗ signed \(\): its certificate, .*: name the file .* as NODE_EXTRA_CA_CERTS$/),
      expect.stringMatching(/^✗ nowhere \(\): its name is not found \(DNS\): see this machine's name server/),
      "– not looked at, as TOKENDESK_ALLOW lets nobody of vacd in",
      "– not looked at, as TOKENDESK_ALLOW lets nobody of virtualacd in",
    ]);
  });

  test("are asked through the forward proxy, whose password is not told", async () => {
    const password = newSecret();
    const proxy = await startForwardProxy({ credentials: `desk:${password}` });
    const env = await goodDesk("sqlite", { HTTP_PROXY: proxy.withCredentials });
    const good = await saidByDoctor(env);
    expect(good.Portals?.[0]).toMatch(/^✓ sim /);
    expect(proxy.asked.map(({ host }) => `http://${host}`)).toEqual([
      new URL(JSON.parse(env.PORTALS ?? "")[0].baseUrl).origin,
    ]);
    const refused = await saidByDoctor({ ...env, HTTP_PROXY: proxy.url });
    expect(refused.Portals?.[0]).toMatch(
      /^✗ sim .* the proxy does not let the desk through: see user and password/,
    );
    proxy.become(502);
    expect((await saidByDoctor(env)).Portals?.[0]).toMatch(
      /^✗ sim .*: the proxy does not get through to it: see/,
    );
    expect(JSON.stringify([good, refused])).not.toContain(password);
  });

  test.each([
    ["20 seconds", 20_000, /^✓ this machine's clock is that of sim$/],
    ["2 minutes", 120_000, /^! this machine's clock is 2 minutes behind that of sim: have this machine set/],
    [
      "an hour",
      3_600_000,
      /^✗ this machine's clock is 60 minutes behind that of sim: sessions and what is due/,
    ],
    ["minus an hour", -3_600_000, /^✗ this machine's clock is 60 minutes ahead of that of sim: sessions/],
  ])("tell what time it is: %s from here", async (_, ms, words) => {
    const date = new Date(Date.now() + ms).toUTCString();
    const { baseUrl } = await startPortal(respond(401, no, "application/json", { date }));
    const { Clock: said } = await saidByDoctor(
      await goodDesk("sqlite", { PORTALS: portalsOf({ sim: baseUrl }) }),
    );
    expect(said).toEqual([expect.stringMatching(words)]);
  });
});

describe("the proxy in front of a desk that does not run", () => {
  const told = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9" };
  type Front = Omit<Parameters<typeof startFrontProxy>[0], "to">;
  const parted = (said: Record<string, string[]>) => said["The proxy in front"] ?? [];

  /** What is said of a proxy like this one. */
  async function saidOf(front: Front, more: Variables = {}): Promise<string[]> {
    const env = await goodDesk("sqlite", { TRUSTED_PROXY_HOPS: "1", ...more });
    const proxy = await startFrontProxy({ to: Number(env.PORT), headers: told, ...front });
    onTestFinished(() => proxy.stop());
    return parted(await saidByDoctor({ ...env, TOKENDESK_URL: `http://localhost:${proxy.port}` }));
  }

  test.each<[string, Front, RegExp, Variables?]>([
    [
      "hides the host",
      { headers: { ...told, host: "upstream:3000" } },
      /^✗ the proxy hides how .*: Host arrives as "upstream:3000", and localhost:\d+ is wanted\. .* Else set in the proxy: nginx: proxy_set_header Host \$http_host; Apache/,
    ],
    [
      "tells nobody's address",
      { headers: {} },
      /^✗ X-Forwarded-For does not arrive, .*\. Set in the proxy: nginx: proxy_set_header X-Forwarded-For/,
    ],
    [
      "drops Authorization",
      { drops: ["authorization"] },
      /^! Authorization does not arrive as it is sent: people/,
    ],
    ["drops Cookie", { drops: ["cookie"] }, /^✗ the browser's cookies do not arrive as they are sent, so/],
    [
      "keeps cookies from browsers",
      { withholds: "t" },
      /^✗ the proxy keeps the desk's cookies from browsers/,
    ],
    [
      "leads elsewhere",
      { leadsTo: "https://desk.example" },
      /^✗ .* leads elsewhere, to https:\/\/desk\.example: have/,
    ],
    [
      "asks for a password",
      { credentials: "a:b" },
      /^! .* asks for a password of the proxy's own \(status 401\)/,
    ],
    ["is not counted", {}, /^! a proxy says .* set TRUSTED_PROXY_HOPS=1$/, { TRUSTED_PROXY_HOPS: "0" }],
    [
      "is one of three",
      {},
      /^! X-Forwarded-For has 1 address, .*_HOPS is 3: set it to/,
      { TRUSTED_PROXY_HOPS: "3" },
    ],
    [
      "is not named",
      {},
      /^✗ requests come from 127\.0\.0\.1, which TRUSTED_PROX/,
      { TRUSTED_PROXIES: "192.0.2.1" },
    ],
  ])("that %s is told what to set", async (_, front, words, more) => {
    expect(await saidOf(front, more)).toContainEqual(expect.stringMatching(words));
  });

  test.each<[string, Front, RegExp]>([
    [
      "knows no way to the pages",
      { answersItself: ({ url }) => (url === "/sign-in" ? 404 : undefined) },
      /^✗ http:\S+\/sign-in is answered with status 404 through the proxy, and with 200 by the desk/,
    ],
    [
      "knows no way to what a sign-in asks first",
      { answersItself: ({ url }) => (url?.startsWith("/api/auth/") ? 403 : undefined) },
      /^✗ http:\S+\/api\/auth\/csrf is answered with status 403 through the proxy/,
    ],
    [
      "lets nothing be sent",
      { answersItself: ({ method }) => (method === "POST" ? 403 : undefined) },
      /^✗ a POST to \S+ is answered by the proxy itself \(status 403\), so that nobody can sign in/,
    ],
    [
      "hides which page sends",
      { drops: ["origin", "sec-fetch-site"] },
      /^✗ the proxy takes Sec-Fetch-Site and Origin away/,
    ],
    [
      "changes the names of cookies",
      { headers: { ...told, cookie: "other=1" } },
      /^✗ the browser's cookies do not arrive as they are sent/,
    ],
    [
      "gives cookies another path",
      {
        changes: ({ "set-cookie": set, ...headers }) => ({
          ...headers,
          ...(set ? { "set-cookie": String(set).replace("Path=/;", "Path=/desk;") } : {}),
        }),
      },
      /^✗ the proxy changes the desk's cookies \(.*path=\/desk/,
    ],
    [
      "has a policy of its own",
      { changes: (headers) => ({ ...headers, "content-security-policy": "default-src 'self'" }) },
      /^✗ the proxy changes the Content-Security-Policy of pages/,
    ],
  ])("that %s is a fault, and told as one", async (_, front, words) => {
    expect(await saidOf(front)).toContainEqual(expect.stringMatching(words));
  });

  test("that keeps what it should not is found by the second probe", async () => {
    const env = await goodDesk("sqlite", { TRUSTED_PROXY_HOPS: "1" });
    const front = await startFrontProxy({ to: Number(env.PORT), headers: told, keeps: true });
    onTestFinished(() => front.stop());
    const saw = () => saidByDoctor({ ...env, TOKENDESK_URL: `http://localhost:${front.port}` });
    expect(parted(await saw())[0]).toMatch(/^✓ http:\S+ leads to this desk$/);
    expect(parted(await saw())).toEqual([
      expect.stringMatching(/^✗ a cache answers for the desk at http:\S+, with what it was told before/),
    ]);
  });

  test("that leads in a circle is told so", async () => {
    const port = await freePort();
    const [said] = await saidOf({ port, leadsTo: `http://localhost:${port}` });
    expect(said).toMatch(/^✗ http:\/\/localhost:\d+ leads to itself, in a circle: /);
  });

  test.each<[string, () => Promise<number>, RegExp]>([
    [
      "nobody",
      freePort,
      /^✗ .* is not reached from here, since the connection is refused: see whether the proxy runs/,
    ],
    [
      "another program",
      async () => (await startPortal(respond(404, "<h1>It works!</h1>", "text/html"))).port,
      /^✗ something else answers at http:\/\/localhost:\d+ \(status 404\): see TOKENDESK_URL, and that the proxy/,
    ],
    [
      "a proxy that does not get through",
      async () => (await startPortal(respond(502, "Bad Gateway"))).port,
      /^✗ the proxy at .* answers 502: it does not get through to 127\.0\.0\.1:\d+\. See its log, .* nginx: proxy_pass http:\/\/127/,
    ],
  ])("where %s answers is told", async (_, start, words) => {
    const env = await goodDesk("sqlite", { TOKENDESK_URL: `http://localhost:${await start()}` });
    expect(parted(await saidByDoctor(env))).toEqual([expect.stringMatching(words)]);
  });

  test("whose certificate this machine does not trust is told whom to name", async () => {
    const env = await goodDesk();
    const front = await startFrontProxy({ to: Number(env.PORT), tls: selfSigned("localhost") });
    onTestFinished(() => front.stop());
    const [said] = parted(await saidByDoctor({ ...env, TOKENDESK_URL: `https://localhost:${front.port}` }));
    expect(said).toMatch(
      /^✗ .* since its certificate, or one above it, is self-signed .*: this machine has to trust/,
    );
  });

  const https = {
    loopback: false,
    url: new URL("https://desk.example.com"),
    proxies: { hops: 1 },
    hsts: "on",
  };
  const address = { env: https, host: "127.0.0.1", port: 3000 } as unknown as DeskAddress;
  const seen = {
    host: "desk.example.com",
    forwarded: 1,
    peer: "127.0.0.1",
    trusted: true,
    cookie: true,
    authorization: true,
    word: "1",
    origin: "https://desk.example.com",
    hops: 1,
  };

  test("before a desk whose address is https says so, or is told what to set", () => {
    const judged = (proto: string) => judgeSeen(address, { ...seen, proto });
    expect(judged("https")).toEqual([expect.objectContaining({ mark: "✓" })]);
    expect(judged("")[0]).toMatchObject({
      mark: "!",
      words: expect.stringMatching(/^X-Forwarded-Proto does not arrive/),
    });
    expect(judged("http")[0]).toMatchObject({
      mark: "✗",
      words: expect.stringMatching(/ arrives as "http", and https is wanted\. /),
    });
  });

  test("that wants people to sign in with it first is no fault, and one that leads a page to another path is", () => {
    const judged = (through: Partial<Heard>) =>
      judgeSignOn(address, { path: "/sign-in", through: { text: "", ...through } as Heard, past: undefined });
    const led = (location: string) => judged({ status: 302, headers: { location } });
    for (const asked of [
      led("https://sign-on.example/?next=x"),
      judged({ status: 401, headers: { "www-authenticate": "Basic" } }),
    ])
      expect(asked).toMatchObject({ mark: "!", words: expect.stringMatching(/^the proxy wants people to/) });
    for (const other of [
      led("/elsewhere"),
      judged({ status: 401, headers: {} }),
      judged({ status: 200, headers: {} }),
    ])
      expect(other).toBeUndefined();
  });

  test("that changes pages, or takes their headers away, is told which", () => {
    const policy = (nonce: string) => `script-src 'nonce-${nonce}'`;
    const hsts = "max-age=31536000";
    const headers = { "content-security-policy": policy("a"), "strict-transport-security": hsts };
    const page = (more: Partial<Heard> = {}): Heard => ({ status: 200, headers, text: "<script>", ...more });
    const judged = (through: Heard | undefined) =>
      judgePage(address, { path: "/sign-in", through, past: page() }).map(
        ({ mark, words }) => `${mark} ${words}`,
      );
    const headed = (more: Heard["headers"]) => judged(page({ headers: { ...headers, ...more } }));
    expect(headed({ "content-security-policy": policy("b") })).toEqual([]);
    expect(headed({ "strict-transport-security": "max-age=63072000, max-age=1" })).toEqual([]);
    for (const more of ["default-src *", `${policy("b")}, default-src 'self'`])
      expect(headed({ "content-security-policy": more })).toEqual([
        expect.stringMatching(/^✗ the proxy changes the Content-Security-Policy of pages, or adds/),
      ]);
    for (const more of ["max-age=0", "x", `max-age=300, ${hsts}`])
      expect(headed({ "strict-transport-security": more })).toEqual([
        expect.stringMatching(
          /^! the proxy tells browsers to use https alone for (0|300) seconds .* 31536000:/,
        ),
      ]);
    expect(judged(page({ status: 404 }))).toEqual([
      expect.stringMatching(/^✗ \S+\/sign-in is answered with status 404 through the proxy, and with 200 by/),
    ]);
    expect(judged(undefined)).toEqual([expect.stringMatching(/^✗ \S+\/sign-in gets no answer through/)]);
    expect(judged(page())).toEqual([]);
    expect(judged(page({ text: "<script><SCRIPT src=x>" }))).toEqual([
      expect.stringMatching(/^! the proxy puts scripts/),
    ]);
    expect(judged(page({ headers: {} }))).toEqual([
      expect.stringMatching(/^✗ the proxy takes Content-Security-Policy away/),
      expect.stringMatching(/^! the proxy takes Strict-Transport-Security away/),
    ]);
  });
});

test("a desk that is stuck, or whoever has its port and says nothing, is told", async () => {
  const env = await goodDesk("sqlite", {
    PORT: String(await startSilence()),
    TOKENDESK_URL: "https://localhost:9",
  });
  const said = await saidByDoctor(env);
  expect(said["The desk itself"]).toEqual([
    expect.stringMatching(
      /^✗ whoever listens at 127\.0\.0\.1:\d+ says nothing for 3 seconds: if it is the desk, look/,
    ),
  ]);
  expect(said["The proxy in front"]).toEqual([
    "– not looked at, as whoever has the desk's port says nothing",
  ]);
});

// A machine without a network must not keep whoever asks what is wrong with it.
test.skipIf(tries(0, 1) === 0)("where everybody is silent, all is told within 15 seconds", async () => {
  const silent = await startSilence();
  const env = await goodDesk("sqlite", {
    DATABASE_URL: `postgres://desk@127.0.0.1:${silent}/desk`,
    PORTALS: portalsOf({ sim: (await startPortal(hang)).baseUrl }),
    TOKENDESK_URL: `http://localhost:${silent}`,
  });
  const begun = performance.now();
  const said = await saidByDoctor(env);
  expect(performance.now() - begun).toBeLessThan(15_000);
  for (const title of ["Store", "Portals", "The proxy in front"])
    expect(said[title]?.some((line) => line.startsWith("✗"))).toBe(true);
});
