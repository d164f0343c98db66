import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { readDeskAddress } from "../../../scripts/desk-address";
import { isForItsGroup } from "../../../scripts/doctor/places";
import { standIn } from "../../../scripts/doctor/stand-in";
import { asNobody } from "../../support/as-nobody";
import { bundle } from "../../support/bundle";
import { goodDesk, leaveStore, portalsOf, saidByDoctor, type Variables } from "../../support/doctor";
import { startForwardProxy } from "../../support/forward-proxy";
import { tries } from "../../support/size";
import { hang, startPortal } from "../portal/portal-server";

/* `npm run doctor` beside what does not answer, is half there, or looks as well. */

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

async function startServer(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return portOf(server);
}

/** A way to a server that takes one connection there; whoever comes after it is taken, and hears nothing. */
async function startRelay(to: number): Promise<number> {
  const sockets: Socket[] = [];
  const server = createTcpServer((client) => {
    sockets.push(client.on("error", () => {}));
    if (sockets.length > 1) return;
    const way = connect(to, "127.0.0.1").on("error", () => {});
    client.pipe(way).pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return portOf(server);
}

async function storeOnServer(): Promise<Variables & { DATABASE_URL: string }> {
  const env = { DATABASE_URL: "", ...(await goodDesk("postgres")) };
  await leaveStore(env);
  return env;
}

/** All that it says, and that it said it in time. */
async function saidInTime(env: Variables) {
  const begun = performance.now();
  const said = await saidByDoctor(env);
  expect(performance.now() - begun).toBeLessThan(14_000);
  expect(JSON.stringify(said)).not.toContain("tell the developers");
  return said;
}

describe("a database", () => {
  test("that stands still after the first connection is told as that, and the rest is looked at", async () => {
    const env = await storeOnServer();
    const url = new URL(env.DATABASE_URL);
    url.port = String(await startRelay(Number(url.port)));
    const said = await saidInTime({ ...env, DATABASE_URL: url.href });
    expect(said.Store).toContainEqual(expect.stringMatching(/^✓ PostgreSQL .* answers/));
    expect(said.Store).toContainEqual(expect.stringMatching(/^✗ .*(no answer within 6 sec|does not answer)/));
    expect(said.Portals?.[0]).toMatch(/^✓ sim /);
    expect(said["The desk itself"]).toEqual([expect.stringMatching(/^✓ no desk runs here/)]);
  });

  test.each([
    [
      "kysely_migration",
      "Store",
      /^✗ no answer within 6 seconds from the store's tables: see what has them lock/,
    ],
    ["meta", "Keys", /^✗ the store gives no answer within 7 seconds: see what/],
  ])("whose table %s is locked is told as that", async (table, title, words) => {
    const env = await storeOnServer();
    const client = new pg.Client({ connectionString: env.DATABASE_URL });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(`begin; lock table ${table} in access exclusive mode`);
    expect((await saidInTime(env))[title]).toContainEqual(expect.stringMatching(words));
  });
});

test.skipIf(tries(0, 1) === 0)("a forward proxy that hangs is not told as a slow portal", async () => {
  const proxy = await startForwardProxy();
  proxy.become("hang");
  const { Portals: said } = await saidInTime(await goodDesk("sqlite", { HTTP_PROXY: proxy.url }));
  expect(said?.[0]).toMatch(
    /^✗ sim .*, through the proxy http:\S+: see whether that one answers, and its log/,
  );
});

test("an address that this machine has not is told, and not as another program's", async () => {
  const env = await goodDesk("sqlite", { HOST: "192.0.2.1", TOKENDESK_URL: "https://localhost:9" });
  const said = await saidInTime(env);
  expect(said["The desk itself"]).toEqual([
    expect.stringMatching(/^✗ HOST 192\.0\.2\.1 is no address of this machine: set HOST to/),
  ]);
  expect(said["The proxy in front"]).toEqual(["– not looked at, as the desk cannot listen where it should"]);
});

test("another doctor is told as one, and not as another program", async () => {
  const env = await goodDesk("sqlite", { TOKENDESK_URL: "https://localhost:9" });
  const address = readDeskAddress(env as NodeJS.ProcessEnv);
  const other = await standIn(address, { word: "1", value: newSecret() });
  onTestFinished(() => other.close());
  const said = await saidByDoctor(env);
  expect(said["The desk itself"]).toEqual([
    expect.stringMatching(/^! another doctor is looking, .*: try again/),
  ]);
  expect(said["The proxy in front"]).toEqual(["– not looked at, as another doctor is looking"]);
});

test("beside a desk that stands by, what its notice has is not compared with the other one's page", async () => {
  const json = { "Content-Type": "application/json" };
  const live: RequestListener = (_, response) => void response.writeHead(200, json).end('{"ok":true}');
  const standby = await startServer((request, response) => {
    if (request.url?.startsWith("/api/health/live")) return live(request, response);
    response.writeHead(503, json).end('{"code":"standby"}');
  });
  const front = await startServer((request, response) => {
    if (request.url?.startsWith("/api/health/live")) return live(request, response);
    response.writeHead(200, { "Content-Type": "text/html" }).end("<script></script>");
  });
  const env = await goodDesk("sqlite", {
    PORT: String(standby),
    TOKENDESK_URL: `http://localhost:${front}`,
  });
  const said = await saidByDoctor(env);
  expect(said["The desk itself"]?.[0]).toMatch(/works on another store|stands by/);
  expect(said["The proxy in front"]?.[0]).toMatch(/^✓ http:\S+ leads to a desk$/);
  expect(said["The proxy in front"]?.join()).not.toContain("scripts");
});

// Whoever waits for it, in a script say, must not go on as if all had been looked at.
test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("one that is ended by %s did not find all well", async (signal, code) => {
  const env = await goodDesk("sqlite", { PORTALS: portalsOf({ sim: (await startPortal(hang)).baseUrl }) });
  const child = spawn(process.execPath, ["--conditions=react-server", await bundle("scripts/doctor.ts")], {
    env: { PATH: process.env.PATH, NODE_ENV: "test", ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  child.kill(signal);
  expect(await once(child, "exit")).toEqual([code, null]);
});

describe.skipIf(userInfo().uid !== 0)("a secret file of root's", () => {
  test.each([
    [0o640, undefined],
    [0o644, /^✗ others may read the secret: chmod/],
    [0o604, /^✗ others may read the secret: chmod/],
  ])("with mode %o", async (mode, words) => {
    const { TOKENDESK_SECRET = "", ...env } = await goodDesk();
    const folder = dirname(env.TOKENDESK_DATA ?? "");
    chmodSync(folder, 0o755);
    const file = join(folder, "the-secret");
    writeFileSync(file, TOKENDESK_SECRET);
    chownSync(file, 0, 65_534);
    chmodSync(file, mode);
    const variables = { ...env, TOKENDESK_SECRET_FILE: file };
    const { Keys: said } = await saidByDoctor(variables);
    if (words) expect(said).toContainEqual(expect.stringMatching(words));
    else expect(said?.join()).not.toContain("others may read");
    expect(asNobody(() => isForItsGroup(file))).toBe(mode === 0o640);
  });
});
