import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { connect } from "node:tls";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { verifyExport } from "@/lib/server/services/audit/verify-export";
import { DeskClient } from "@/scripts/desk-client";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { freePort } from "@/tests/support/free-port";
import { type FrontServer, frontServers, shippedHost } from "@/tests/support/front-servers";
import { historyPeople, seedHistory } from "@/tests/support/history";
import { rawRequest } from "@/tests/support/raw-request";
import { tlsFetch } from "@/tests/support/tls-fetch";
import { selfSigned } from "../../portal/self-signed";

/* The real nginx and the real Caddy before a built desk, over TLS, with the files that are shipped for them. */

/** Whose trail is long; the first is a robot, the second leads. */
const people = historyPeople().slice(0, 4);
const [, lead = "", ann = "", ben = ""] = people.map(({ userName }) => userName);
/** Some 11 MB: more than all buffers on the way hold. */
const entries = 20_000;

/** The files for bodies and answers that nginx says it has written, or could not. */
const filesOf = (proxy: FrontServer) => proxy.output().match(/\S+\/(?:client_body|proxy)\/\d+/g) ?? [];

/** What somebody may say of where they come from. */
const claims = {
  "X-Forwarded-For": "203.0.113.9, 127.0.0.1",
  "X-Real-IP": "203.0.113.9",
  "X-Forwarded-Host": "evil.example",
  "X-Forwarded-Proto": "http",
  Forwarded: "for=203.0.113.9;proto=http;host=evil.example",
};

const folder = mkdtempSync(join(tmpdir(), "tokendesk-front-"));
const tls = selfSigned(shippedHost);
let ports: { http: number; https: number };
let home: string;
let desk: DeskProcess;
beforeAll(async () => {
  ports = { http: await freePort(), https: await freePort() };
  home = `https://${shippedHost}:${ports.https}`;
  const env = {
    TOKENDESK_URL: home,
    TOKENDESK_DATA: join(folder, "data"),
    TOKENDESK_SECRET: randomBytes(32).toString("base64url"),
    TOKENDESK_ALLOW: "sim",
    TOKENDESK_ADMINS: `sim:${lead}`,
    TRUSTED_PROXY_HOPS: "1",
  };
  mkdirSync(env.TOKENDESK_DATA);
  await seedHistory({ ...env, people, entries });
  const users = people.map(({ userId, userName }) => ({
    key: userName,
    userId: Number(userId),
    userName,
    newTokens: { prefixed: 40 },
  }));
  desk = await startDeskProcess({ env, simulator: { seed: { users } } });
});
afterAll(async () => {
  await desk?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(frontServers)("a desk behind $name", ({ name, program, start }) => {
  // Left out where it is not installed; `npm test` says so.
  const it = test.skipIf(!program);
  const person = { nginx: ann, caddy: ben }[name];
  let proxy: FrontServer;

  const visitor = (from?: string) => new DeskClient(home, tlsFetch(tls.cert, from));
  async function signedIn(userName = person, headers: Record<string, string> = {}, from?: string) {
    const client = visitor(from);
    const { password } = desk.simulator.seed.user(userName);
    const { status } = await client.signIn({ portal: "sim", username: userName, password }, headers);
    expect(status).toBe(200);
    return client;
  }
  const connectionOf = async (client: DeskClient) =>
    ((await client.get("/api/session")).body as { connections: { id: string }[] }).connections[0]?.id;
  async function startProxy() {
    const own = join(folder, name);
    mkdirSync(own, { recursive: true });
    proxy = await start(program ?? "", { folder: own, to: desk.port, ...ports, tls });
  }
  /** What is answered to these lines, byte by byte, as Latin-1. */
  const bytesOf = (lines: string[]) =>
    new Promise<string>((resolve, reject) => {
      let text = "";
      const socket = connect({ port: ports.https, host: "127.0.0.1", ca: tls.cert, servername: shippedHost });
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
      });
      socket.on("error", reject);
      socket.on("close", () => resolve(text));
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    });

  beforeAll(async () => {
    if (program) await startProxy();
  });
  afterAll(() => proxy?.stop());

  it("serves somebody who signs in, lists, mints, copies and revokes over TLS", async () => {
    const client = await signedIn();
    const page = await client.get("/tokens");
    expect([page.status, page.headers.get("strict-transport-security")]).toEqual([200, "max-age=31536000"]);
    const mint = { connectionId: await connectionOf(client), label: "Through the proxy" };
    const minted = await client.post("/api/tokens", mint, { "Idempotency-Key": `through-${name}` });
    expect(minted.status).toBe(201);
    const list = (await client.get("/api/tokens")).body as { items: { id: string; label?: string }[] };
    const { id } = list.items.find(({ label }) => label === mint.label) ?? {};
    const values = async () => (await desk.portal.user(person)).tokens;
    const copied = await client.send(`/api/tokens/${id}/copy`, {
      method: "POST",
      json: {},
      headers: { "Accept-Encoding": "gzip" },
    });
    const { token } = copied.body as { token: string };
    // The length of a compressed answer tells something of what is in it.
    expect(copied.headers.get("content-encoding")).toBeNull();
    expect(await values()).toContain(token);
    const revoked = await client.delete(`/api/tokens/${id}`, { reason: "mistake" });
    expect(revoked.status).toBeLessThan(300);
    await expect.poll(values).not.toContain(token);
  });

  it("is reached by https alone: http leads there, with the whole address", async () => {
    const answer = await rawRequest(ports.http, "/sign-in?next=%2Faudit", { headers: { Host: shippedHost } });
    expect([answer.status, answer.headers.location]).toEqual([308, `${home}/sign-in?next=%2Faudit`]);
  });

  /** The status of what is asked by HTTP/2, where a body need not say how long it is. */
  async function askedByHttp2(path: string, body?: Buffer): Promise<unknown> {
    const options = { ca: tls.cert, servername: shippedHost };
    const session = connectHttp2(`https://127.0.0.1:${ports.https}`, options);
    const method = body ? "POST" : "GET";
    return new Promise((resolve, reject) => {
      session.on("error", reject);
      const stream = session.request({
        ":method": method,
        ":path": path,
        ":authority": new URL(home).host,
        "content-type": "application/json",
      });
      stream.on("response", (headers) => resolve(headers[":status"]));
      stream.on("error", reject);
      stream.resume();
      stream.end(body);
    }).finally(() => session.destroy());
  }

  it("speaks HTTP/2 with whoever asks for it, under its own name", async () => {
    expect(await askedByHttp2("/sign-in")).toBe(200);
  });

  it("keeps no body in a file, however long and whether its length is said or not", async () => {
    for (const kB of [60, 127, 128, 129, 1_000]) {
      const status = await askedByHttp2("/api/tokens/identify", Buffer.alloc(kB * 1024, "x"));
      // Whoever sends it, without a session, is refused; a file that cannot be written would be a 500.
      expect([kB, status]).toEqual([kB, expect.toBeOneOf([401, 403, 413])]);
    }
    expect(filesOf(proxy)).toEqual([]);
  });

  it("opens no other way to somebody who asks for an upgrade, and goes on", async () => {
    const text = await bytesOf([
      "GET /sign-in HTTP/1.1",
      `Host: ${new URL(home).host}`,
      "Connection: Upgrade, close",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    ]);
    expect(text).not.toMatch(/^HTTP\/1\.1 101/);
    expect((await visitor().get("/api/health/live")).status).toBe(200);
  });

  // Whoever claims another's address would have them wait for their own failed sign-ins, and the trail blame them.
  it("knows where somebody comes from by the proxy, and by nothing that they say", async () => {
    const client = await signedIn(lead, claims, "127.0.0.7");
    const { body } = await client.send("/api/audit?action=session.sign_in", { headers: claims });
    const { items } = body as { items: { ip?: string; actor: { userName?: string } }[] };
    expect(items[0]).toMatchObject({ ip: "127.0.0.7", actor: { userName: lead } });
  });

  it("passes on nothing that somebody else says of who asks", async () => {
    const heard: IncomingHttpHeaders[] = [];
    const listener = createServer((request, response) => {
      heard.push(request.headers);
      response.end();
    }).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const own = { http: await freePort(), https: await freePort() };
    const place = mkdtempSync(join(folder, "listener-"));
    const to = (listener.address() as AddressInfo).port;
    const other = await start(program ?? "", { folder: place, to, ...own, tls });
    try {
      const headers = { ...claims, "Sec-Fetch-Site": "same-origin" };
      await tlsFetch(tls.cert)(`https://${shippedHost}:${own.https}/sign-in`, { headers });
      expect(heard).toHaveLength(1);
      expect(heard[0]?.["x-forwarded-for"]).toBe("127.0.0.1");
      expect(JSON.stringify(heard)).not.toMatch(/203\.0\.113\.9|evil\.example/);
    } finally {
      await other.stop();
      listener.close();
    }
  });

  it("gives an export whole to somebody who reads it slowly, and none of it lies in a file of the proxy's", async () => {
    const client = await signedIn(lead);
    const response = await client.call(`${home}/api/audit/export?format=jsonl`, {
      // Compressed it would be a tenth of it.
      headers: {
        Cookie: client.cookieHeader(),
        "Sec-Fetch-Site": "same-origin",
        "Accept-Encoding": "identity",
      },
    });
    const kept: Buffer[] = [];
    for await (const chunk of Readable.fromWeb(response.body as never)) {
      kept.push(chunk);
      // Whoever reads no further for a while keeps nobody else waiting.
      for (let others = kept.length === 1 ? 100 : 0; others > 0; others -= 1)
        expect((await visitor().get("/api/health/live")).status).toBe(200);
    }
    async function* none() {}
    const lines = createInterface({ input: Readable.from(Buffer.concat(kept).toString("utf8")) });
    const state = await verifyExport(lines, none());
    expect(state).toMatchObject({ ok: true, whole: true });
    expect(state.entries).toBeGreaterThanOrEqual(entries);
    expect(filesOf(proxy)).toEqual([]);
  });

  it("refuses what is too long in its own words", async () => {
    const client = await signedIn();
    const raw = JSON.stringify({ token: "x" }).padEnd(100 * 1024, " ");
    const headers = { "Content-Type": "application/json" };
    const answer = await client.send("/api/tokens/identify", { method: "POST", headers, raw });
    expect([answer.status, problem.parse(answer.body).code]).toEqual([413, "too_large"]);
    const longer = await client.send("/api/tokens/identify", {
      method: "POST",
      headers,
      raw: raw.repeat(20),
    });
    expect(longer.status).toBe(413);
    expect((await client.get("/api/session")).status).toBe(200);
  });

  it("shows nothing under another name but the way home", async () => {
    const ask = (path: string, method = "GET") =>
      bytesOf([`${method} ${path} HTTP/1.1`, "Host: old.example", "Content-Length: 0", "Connection: close"]);
    const answers = [await ask("/tokens"), await ask("/api/tokens"), await ask("/sign-in", "POST")];
    // nginx gives its only site to whoever asks, and so the desk answers; Caddy has none of that name.
    const misdirected = /^HTTP\/1\.1 421 [\s\S]*"misdirected"/;
    const nothing = /^HTTP\/1\.1 200 OK\r\n(?:(?!\r\n\r\n)[\s\S])*Content-Length: 0\r\n/;
    const home = /^HTTP\/1\.1 307 [\s\S]*[Ll]ocation: https:\/\/desk\.example\.com:\d+\/tokens\?led-home\r\n/;
    const wanted = { nginx: [home, misdirected, misdirected], caddy: [nothing, nothing, nothing] }[name];
    for (const [at, text] of answers.entries()) expect(text).toMatch(wanted[at] ?? "");
  });

  it("sends its lists compressed, its documents as they are, and no more than 4 kB of headers", async () => {
    const client = await signedIn();
    const ask = (path: string) =>
      bytesOf([
        `GET ${path} HTTP/1.1`,
        `Host: ${new URL(home).host}`,
        `Cookie: ${client.cookieHeader()}`,
        "Accept-Encoding: gzip",
        "Sec-Fetch-Site: same-origin",
        "Connection: close",
      ]);
    const encoding = /^content-encoding: gzip\r$/im;
    const list = await ask("/api/tokens");
    expect(list).toMatch(encoding);
    for (const path of [
      "/tokens",
      "/sign-in",
      "/audit",
      `/tokens?q=${"x".repeat(1_400)}`,
      "/api/session",
      "/api/auth/csrf",
      "/nothing",
    ]) {
      const text = await ask(path);
      expect([path, /^HTTP\/1\.1 (?:200|307|404) /.test(text)]).toEqual([path, true]);
      expect(text.indexOf("\r\n\r\n")).toBeLessThan(4_096);
      expect([path, encoding.test(text)]).toEqual([path, false]);
    }
    expect(gunzipSync(bodyOf(list)).toString("utf8")).toContain('"items"');
  });

  // Nobody knows what came of a mint whose answer was lost: asked again it must be the same one.
  it("mints once what was on its way when the proxy was killed", async () => {
    const client = await signedIn();
    const mint = { connectionId: await connectionOf(client), label: "Killed in between" };
    const key = { "Idempotency-Key": `killed-before-${name}` };
    const before = (await desk.portal.calls({ endpoint: "mint" })).length;
    await desk.portal.addFault({ endpoint: "mint", kind: "latency", ms: 1_000 });
    const lost = client.post("/api/tokens", mint, key);
    const outcome = expect(lost).rejects.toThrow();
    await desk.portal.waitForCalls({ endpoint: "mint" }, before + 1);
    await proxy.kill();
    await outcome;
    await startProxy();
    await expect.poll(async () => (await client.post("/api/tokens", mint, key)).status).toBe(201);
    expect((await desk.portal.calls({ endpoint: "mint" })).length).toBe(before + 1);
    const list = (await client.get("/api/tokens")).body as { items: { label?: string }[] };
    expect(list.items.filter(({ label }) => label === mint.label)).toHaveLength(1);
  });
});

/** An answer's body, as Latin-1 text of the whole; in pieces or in one. */
function bodyOf(text: string): Buffer {
  const at = text.indexOf("\r\n\r\n");
  let rest = text.slice(at + 4);
  if (!/^transfer-encoding: chunked\r$/im.test(text.slice(0, at + 2))) return Buffer.from(rest, "latin1");
  let body = "";
  for (let length = Number.parseInt(rest, 16); length > 0; length = Number.parseInt(rest, 16)) {
    const start = rest.indexOf("\r\n") + 2;
    body += rest.slice(start, start + length);
    rest = rest.slice(start + length + 2);
  }
  return Buffer.from(body, "latin1");
}
