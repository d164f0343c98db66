import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guard } from "@/lib/server/boot/gate";
import { readEnv } from "@/lib/server/env";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { freePort } from "@/tests/support/free-port";
import { type FrontProxy, startFrontProxy } from "@/tests/support/front-proxy";
import { rawBytes, rawRequest } from "@/tests/support/raw-request";
import { startHttpsDesk } from "./support/https-desk";

/*
 * A desk behind proxies that do what proxies do. Who is locked out, led in a circle or kept on plain http by one gains nobody
 * anything but whoever wants the desk to be away, or listens.
 */

/** Follows redirects as `curl -L` does: it keeps no cookie, and everybody's name leads to the same machine. */
async function follow(port: number, first: string, headers: Record<string, string> = {}, method = "GET") {
  let address = new URL(first);
  const passed: string[] = [];
  for (;;) {
    const answer = await rawRequest(port, address.pathname + address.search, {
      method,
      headers: { Host: address.host, ...headers },
    });
    passed.push(`${answer.status} ${address.href}`);
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status > 399 || passed.length > 8) return { answer, passed };
    address = new URL(String(location), address);
  }
}

const linesOf = (desk: DeskProcess, message: string) =>
  desk
    .output()
    .split("\n")
    .filter((line) => line.includes(message))
    .map((line) => JSON.parse(line));
const hidden = "a proxy in front hides how the desk was asked for";

describe("a desk that is asked for by name", () => {
  let desk: DeskProcess;
  let proxy: FrontProxy;
  let home: string;
  beforeAll(async () => {
    const port = await freePort();
    home = `http://127.0.0.1:${port}`;
    desk = await startDeskProcess({ env: { TOKENDESK_URL: home } });
    proxy = await startFrontProxy({ to: desk.port, port, headers: { Host: "upstream:3000" } });
  });
  afterAll(async () => {
    await proxy?.stop();
    await desk?.stop();
  });

  test("is itself in every spelling of its host", async () => {
    for (const host of [`127.0.0.1:${proxy.port}`, `127.0.0.1.:${proxy.port}`])
      for (const path of ["/sign-in", "/api/portals"])
        expect((await rawRequest(desk.port, path, { headers: { Host: host } })).status).toBe(200);
  });

  test("under a forgotten name leads home, and no mark is left in the address", async () => {
    const { passed } = await follow(desk.port, "http://old.example/sign-in?next=%2Faudit");
    expect(passed).toEqual([
      "307 http://old.example/sign-in?next=%2Faudit",
      `307 ${home}/sign-in?next=%2Faudit&led-home`,
      `200 ${home}/sign-in?next=%2Faudit`,
    ]);
    for (const query of ["?led-home&q=x", "?q=x&led-home=", "?q=x&led-home&"])
      expect((await follow(desk.port, `${home}/sign-in${query}`)).passed.at(-1)).toBe(
        `200 ${home}/sign-in?q=x`,
      );
    const odd = await follow(desk.port, "http://old.example//evil.example/x");
    for (const line of odd.passed.slice(1)) expect(line.split(" ")[1]).toMatch(home);
  });

  test("whose proxy hides its host leads nobody in a circle, and says what is wrong on the page and in the log", async () => {
    for (const method of ["GET", "HEAD"]) {
      const { answer, passed } = await follow(proxy.port, `${home}/tokens?q=x`, {}, method);
      expect(passed).toEqual([`307 ${home}/tokens?q=x`, `421 ${home}/tokens?q=x&led-home`]);
      expect(answer.headers["content-security-policy"]).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; /,
      );
      expect(answer.headers["cache-control"]).toBe("no-store, no-transform");
      const words = [
        "upstream:3000",
        new URL(home).host,
        "proxy_set_header Host $http_host;",
        "ProxyPreserveHost On",
      ];
      for (const word of [...words, "preserveHostHeader", `href="${home}/tokens?q=x"`])
        expect([method, word, answer.text.includes(word)]).toEqual([method, word, method === "GET"]);
    }
    await expect
      .poll(() => linesOf(desk, hidden))
      .toEqual([
        expect.objectContaining({
          level: 40,
          header: "Host",
          received: "upstream:3000",
          wanted: `127.0.0.1:${proxy.port}`,
        }),
      ]);
  });

  // What a probe or a stranger sends would keep what the proxy sends out of the log, or fill it.
  test("tells each name that arrives once, few of them, and nothing of what is no page that is read", async () => {
    const told = () => linesOf(desk, hidden).map(({ received }) => received);
    const before = told();
    const ask = (path: string, Host: string, method = "GET") =>
      rawRequest(desk.port, path, { method, headers: { Host } });
    for (const method of ["POST", "OPTIONS", "DELETE"]) await ask("/?led-home", "asked.example", method);
    await rawBytes(desk.port, "GET /?led-home HTTP/1.0\r\n\r\n");
    await rawBytes(desk.port, "OPTIONS / HTTP/1.0\r\n\r\n");
    const names = Array.from({ length: 20 }, (_, index) => `stranger-${index}.example`);
    for (const name of names.flatMap((name) => [name, name])) {
      const { status, headers } = await ask("/_next/static/x.js?led-home", name);
      expect([status, headers["cache-control"]]).toEqual([421, "no-store, no-transform"]);
    }
    const wanted = [...before, ...names].slice(0, 10);
    await expect.poll(told).toEqual(wanted);
  });

  // Whoever can have somebody open an address would have the desk's own page say what they like, or run it.
  test("says on that page nothing that somebody else wrote, but as text", async () => {
    const answer = await rawRequest(desk.port, `/"><script>alert(1)</script>?led-home`, {
      headers: { Host: `<b>"evil'&amp;</b>` },
    });
    expect(answer.status).toBe(421);
    expect(answer.text).not.toMatch(/<script|<b>|evil'/);
    expect(answer.text).toContain("&lt;b&gt;&quot;evil&#39;&amp;amp;&lt;/b&gt;");
  });

  test("answers probes of the API by any name, and nothing else", async () => {
    const headers = { Host: "10.0.0.7:3000" };
    expect((await rawRequest(desk.port, "/api/health/live", { headers })).status).toBe(200);
    const call = await rawRequest(desk.port, "/api/portals", { headers });
    expect([call.status, JSON.parse(call.text)]).toEqual([
      421,
      expect.objectContaining({ code: "misdirected", detail: expect.stringContaining("Host header") }),
    ]);
    for (const path of ["/tokens", "/sign-in", "/api/tokens"])
      expect((await rawRequest(desk.port, path, { method: "POST", headers })).status).toBe(421);
  });
});

describe("a desk behind a proxy that asks for a password itself", () => {
  let desk: DeskProcess;
  beforeAll(async () => {
    desk = await startDeskProcess();
  });
  afterAll(() => desk?.stop());

  // The proxy's password goes along with every request: a desk that takes it for an attempt is shut for everybody.
  test.each(["Basic ZGVzazpwdw==", "basic x", 'Digest username="x"', "Negotiate x", "NTLM x"])(
    "lets in by its cookie alone, whatever the proxy was told: %s",
    async (Authorization) => {
      const headers = { Authorization };
      const { userName: username, password } = desk.simulator.seed.user("ann");
      const ann = desk.visitor();
      expect((await ann.signIn({ portal: "sim", username, password }, headers)).status).toBe(200);
      expect((await ann.send("/api/tokens", { headers })).status).toBe(200);
      expect((await ann.send("/tokens", { headers })).status).toBe(200);
      expect((await desk.visitor().send("/api/tokens", { headers })).status).toBe(401);
      expect((await desk.visitor().send("/tokens", { headers })).status).toBe(307);
    },
  );

  test("answers probes whatever they bring along", async () => {
    for (const Authorization of ["Basic x", "Bearer x", "x"])
      for (const path of ["/api/health/live", "/api/health/ready"])
        expect((await desk.visitor().send(path, { headers: { Authorization } })).status).toBe(200);
  });
});

describe("a desk whose address is https, reached by http", () => {
  let desk: DeskProcess;
  const proto = (value: string) => ({ Host: "desk.example", "X-Forwarded-Proto": value });
  beforeAll(async () => {
    desk = await startHttpsDesk();
  });
  afterAll(() => desk?.stop());

  // A page that came by http may be another one by now; whoever is in between reads what is typed into it.
  test.each(["http", "HTTP", "https, http", "http, http"])(
    "leads to https where the proxy says %j",
    async (value) => {
      for (const method of ["GET", "HEAD"]) {
        const answer = await rawRequest(desk.port, "/sign-in?next=%2Faudit", {
          method,
          headers: proto(value),
        });
        expect([answer.status, answer.headers.location]).toEqual([
          307,
          "https://desk.example/sign-in?next=%2Faudit&led-home",
        ]);
      }
    },
  );

  test.each(["https", "HTTPS", "http, https", "", "ws"])("answers where the proxy says %j", async (value) => {
    expect((await rawRequest(desk.port, "/sign-in", { headers: proto(value) })).status).toBe(200);
  });

  test("leads nobody in a circle where a proxy further in replaces the header, and says so", async () => {
    const { answer, passed } = await follow(desk.port, "https://desk.example/tokens", {
      "X-Forwarded-Proto": "http",
    });
    expect(passed).toEqual(["307 https://desk.example/tokens", "421 https://desk.example/tokens?led-home"]);
    expect(answer.text).toContain("proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;");
    await expect
      .poll(() => linesOf(desk, hidden))
      .toEqual([expect.objectContaining({ header: "X-Forwarded-Proto", received: "http", wanted: "https" })]);
  });

  test("takes no password by http", async () => {
    const before = (await desk.portal.calls({ endpoint: "login" })).length;
    const headers = {
      ...proto("http"),
      "Sec-Fetch-Site": "same-origin",
      "Content-Type": "application/x-www-form-urlencoded",
    };
    for (const path of ["/api/auth/callback/portal", "/sign-in", "/api/session/sign-out"]) {
      const answer = await rawRequest(desk.port, path, { method: "POST", headers, body: "password=x" });
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        421,
        expect.objectContaining({
          code: "misdirected",
          detail: expect.stringContaining("X-Forwarded-Proto"),
        }),
      ]);
    }
    expect((await desk.portal.calls({ endpoint: "login" })).length).toBe(before);
    expect((await rawRequest(desk.port, "/api/health/live", { headers: proto("http") })).status).toBe(200);
  });
});

describe("how long connections last, and who speaks of https,", () => {
  // Whoever asks for long answers and reads none of them would have all of them held.
  test("is no longer than somebody reads an answer", async () => {
    const seen: (number | undefined)[] = [];
    const server = createServer(({ socket }, response) => {
      seen.push(socket.timeout);
      // What the desk waits for, cut short.
      socket.setTimeout(50);
      response.write(Buffer.alloc(32 * 1024 * 1024));
      response.on("close", () => seen.push(response.socket?.bytesWritten));
    });
    const env = readEnv({ NODE_ENV: "test", TOKENDESK_KEEP_ALIVE_SECONDS: "90" });
    guard(server, {}, env);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const reader = connect((server.address() as AddressInfo).port, "127.0.0.1");
    reader.pause();
    reader.on("error", () => undefined);
    reader.write("GET / HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n");
    await expect.poll(() => seen.length).toBe(2);
    expect([seen[0], server.keepAliveTimeout]).toEqual([120_000, 90_000]);
    reader.destroy();
    server.close();
  });

  test("is as the operator sets it, however the desk is started", async () => {
    const desk = await startHttpsDesk({ TOKENDESK_KEEP_ALIVE_SECONDS: "301", TOKENDESK_HSTS: "off" });
    try {
      await rawRequest(desk.port, "/api/health/live");
      const { headers } = await rawRequest(desk.port, "/api/health/live", {
        headers: { Connection: "keep-alive" },
      });
      expect(headers["keep-alive"]).toBe("timeout=301");
      expect(headers).not.toHaveProperty("strict-transport-security");
    } finally {
      await desk.stop();
    }
  });
});
