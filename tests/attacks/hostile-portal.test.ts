import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { selfSigned } from "../integration/portal/self-signed";
import { type HostileDesk, type Spoil, startHostileDesk } from "./support/hostile-portal";
import { askings } from "./support/portal-calls";

/*
 * A portal that was taken over, or somebody in front of it: it would like the desk to hand a credential to another
 * host, to fill its memory, to hang, to mint twice, to believe a login page, or to show its words to a person.
 */

const canary = "hunter2-portal-canary";
let hostile: HostileDesk;
let elsewhere: ReturnType<typeof createServer>;
const seenElsewhere: string[] = [];
const bomb = gzipSync(Buffer.alloc(50_000_000, " "));

beforeAll(async () => {
  hostile = await startHostileDesk();
  elsewhere = createServer((request, response) => {
    seenElsewhere.push(`${request.method} ${request.url}`);
    response.end("[]");
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
});
afterEach(() => hostile.portal.behave());
afterAll(async () => {
  elsewhere.close();
  await hostile?.stop();
});

const elsewhereUrl = () => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/${canary}`;
const answerWith =
  (status: number, type: string, body: string | Buffer, headers: Record<string, string> = {}): Spoil =>
  (response) => {
    response.writeHead(status, { "Content-Type": type, ...headers }).end(body);
  };
const manyOf = (count: number, make: (at: number) => unknown): string =>
  JSON.stringify(Array.from({ length: count }, (_, at) => make(at)));
const page = `<!doctype html><title>Sign in</title><p>${canary}`;

const spoils: [name: string, spoil: Spoil][] = [
  ["a login page", answerWith(200, "text/html", page)],
  ["a login page that calls itself JSON", answerWith(200, "application/json", page)],
  ["a redirect", (response) => response.writeHead(302, { Location: elsewhereUrl() }).end(canary)],
  [
    "a redirect of the same method",
    (response) => response.writeHead(307, { Location: elsewhereUrl() }).end(),
  ],
  ["50 MB", drown],
  ["a gzip bomb", answerWith(200, "application/json", bomb, { "Content-Encoding": "gzip" })],
  [
    "a flood of headers",
    (response) => response.socket?.end(`HTTP/1.1 200 OK\r\n${`x: ${canary}\r\n`.repeat(9000)}\r\n`),
  ],
  ["what is no HTTP", (response) => response.socket?.end(`220 ${canary} ESMTP\r\n`)],
  [
    "JSON of another shape",
    answerWith(200, "application/json", JSON.stringify({ [canary]: [{ a: canary }] })),
  ],
  [
    "JSON nested 100,000 deep",
    answerWith(200, "application/json", `${"[".repeat(100_000)}${"]".repeat(100_000)}`),
  ],
  // Short entries, so that as many as possible fit: each would become a row, and they ended the process.
  [
    "900,000 tokens",
    answerWith(
      200,
      "application/json",
      manyOf(900_000, (at) => at.toString(36)),
    ),
  ],
  [
    "200,000 users",
    answerWith(
      200,
      "application/json",
      manyOf(200_000, (at) => ({ userId: at, userName: `u${at}` })),
    ),
  ],
  ["an error that says much", answerWith(418, "text/plain", canary)],
  [
    "an error with a stack",
    answerWith(400, "application/json", JSON.stringify({ details: canary, uri: "/x" })),
  ],
];

describe.each(spoils)("%s", (_name, spoil) => {
  it.each(askings.map((asking) => [asking.name, asking] as const))(
    "for %s is a problem in our words",
    async (_ask, asking) => {
      const ask = await asking.prepare(hostile.desk);
      hostile.portal.spoilt.length = 0;
      hostile.portal.spoil(asking.call, spoil);
      const { status, text, headers } = await ask();
      hostile.portal.behave();
      expect(hostile.portal.spoilt.length).toBeGreaterThan(0);
      if (status >= 400) expect([401, 403, 502, 503, 504]).toContain(status);
      if (status >= 400) problem.parse(JSON.parse(text));
      expect(text + [...headers].join()).not.toContain(canary);
      // Each POST may make another permanent token, or count as a failed sign-in.
      const posts = hostile.portal.spoilt.filter((call) => call.startsWith("POST"));
      expect(posts.length).toBeLessThanOrEqual(1);
    },
  );
});

// A portal that never answers, or a byte at a time, would hold every request, connection and byte that waits for it.
it("a portal that takes its time is given up in time, for all at once", async () => {
  const hang: Spoil = () => {};
  const drip: Spoil = (response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    const timer = setInterval(() => response.write(" "), 200);
    response.on("close", () => clearInterval(timer));
  };
  const other = await startHostileDesk();
  const answersTo = async ({ desk, portal }: HostileDesk, spoil: Spoil) => {
    const asks = [];
    for (const asking of askings) asks.push(await asking.prepare(desk));
    portal.spoilt.length = 0;
    portal.spoil(/./, spoil);
    const answers = await Promise.all(asks.map((ask) => ask()));
    portal.behave();
    expect(portal.spoilt.length).toBeGreaterThan(0);
    return answers;
  };
  const answers = await Promise.all([answersTo(hostile, hang), answersTo(other, drip)]);
  for (const { status, text } of answers.flat()) {
    if (status >= 400) expect([503, 504]).toContain(status);
    if (status >= 400) problem.parse(JSON.parse(text));
  }
  for (const { desk } of [hostile, other])
    await expect
      .poll(async () => (await desk.trySignIn(desk.visitor(), "ann")).status, { timeout: 30_000 })
      .toBe(200);
  await other.stop();
}, 90_000);

it("nobody was led elsewhere, nothing of it was printed, and the desk lives", async () => {
  expect(seenElsewhere).toEqual([]);
  expect(hostile.desk.output()).not.toContain(canary);
  expect(hostile.desk.output()).not.toMatch(/unhandled|uncaught/i);
  const { client } = await signIn();
  expect((await client.get("/api/audit/verify")).body).toMatchObject({ ok: true });
});

// Each of them would be a row, a place in memory, and work at every request.
it("more than anybody has is told as such, and costs nobody their turn", async () => {
  const { client } = await signIn();
  const tokens = manyOf(10_001, (at) => `aws80:${at}`);
  hostile.portal.spoil(/^GET .*\/admin\/token/, answerWith(200, "application/json", tokens));
  const { sources } = (await client.get("/api/tokens")).body as { sources: { error?: string }[] };
  expect(sources.map(({ error }) => error)).toEqual(["portal_too_large"]);
  const user = { userId: 1, userName: "ann@demo.example", roles: [] as string[] };
  const identity = (roles: number) =>
    JSON.stringify({
      authToken: "t".repeat(36),
      user: {
        ...user,
        roles: Array(roles)
          .fill(0)
          .map((_, at) => `R${at}`),
      },
    });
  const signInAs = (roles: number) => {
    hostile.portal.spoil(/^POST .*\/auth\/login/, answerWith(200, "application/json", identity(roles)));
    return hostile.desk.trySignIn(hostile.desk.visitor(), "ann");
  };
  const refused = await signInAs(400_000);
  expect([refused.status, problem.parse(refused.body).code]).toEqual([502, "portal_too_large"]);
  const visitor = hostile.desk.visitor();
  hostile.portal.spoil(/^POST .*\/auth\/login/, answerWith(200, "application/json", identity(10_000)));
  expect((await hostile.desk.trySignIn(visitor, "ann")).status).toBe(200);
  hostile.portal.spoil(/^GET .*\/admin\/auth/, answerWith(200, "application/json", identity(10_000)));
  const { connections } = (await visitor.get("/api/session")).body as { connections: { roles: string[] }[] };
  expect(connections[0]?.roles.length).toBe(200);
});

// The framework reads each parameter by going through all of them, before anybody is asked who they are.
it("an address with thousands of parameters is refused before it is read", async () => {
  const query = Array.from({ length: 3_000 }, (_, at) => at.toString(36)).join("&");
  for (const path of ["/api/portals", "/api/health/live", "/sign-in", "/tokens"]) {
    const { status, text } = await hostile.desk.visitor().get(`${path}?${query}`);
    expect([path, status, problem.parse(JSON.parse(text)).code]).toEqual([path, 400, "bad_request"]);
  }
});

// As much text as a list may have, of what costs most to read.
it("a text that is all brackets is not read", async () => {
  const { client } = await signIn();
  for (const text of [
    `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`,
    `[${"0,".repeat(1_000_000)}0]`,
    manyOf(1, () => ({ userId: 1, userName: "u", children: Array(400_000).fill({}) })),
  ]) {
    hostile.portal.spoil(/^GET .*\/admin\/token/, answerWith(200, "application/json", text));
    const { sources } = (await client.get("/api/tokens")).body as { sources: { error?: string }[] };
    expect(sources.map(({ error }) => error)).toEqual(["portal_too_large"]);
    await new Promise((wake) => setTimeout(wake, 10));
  }
});

// A piece of one byte takes a hundred times its size to keep: four megabytes of them ended the process.
it.each([
  ["a body in millions of pieces", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"],
  ["answers that are none yet, without end", "", "HTTP/1.1 103 Early Hints\r\n\r\n"],
])("%s is given up after some thousands", async (_name, head, piece) => {
  const { client } = await signIn();
  hostile.portal.spoil(/^GET .*\/admin\/token/, ({ socket }) => {
    if (!socket) return;
    const endless = Readable.from(repeat(piece.repeat(10_000), 400));
    socket.on("error", () => {}).on("close", () => endless.destroy());
    socket.write(head);
    endless.pipe(socket);
  });
  const { sources } = (await client.get("/api/tokens")).body as { sources: { error?: string }[] };
  expect(sources.map(({ error }) => error)).toEqual(["portal_too_large"]);
  hostile.portal.behave();
  expect((await signIn()).answer.status).toBe(200);
});

// Whoever stands in between with a certificate of their own would read every credential.
it("a certificate that nobody vouches for ends it before anything is sent", async () => {
  const impostor = await startHostileDesk({ tls: selfSigned() });
  impostor.portal.spoil(/./, answerWith(200, "application/json", "[]"));
  const answer = await impostor.desk.trySignIn(impostor.desk.visitor(), "ann");
  expect([answer.status, problem.parse(answer.body).code]).toEqual([503, "portal_unavailable"]);
  expect(impostor.portal.spoilt).toEqual([]);
  await impostor.stop();
});

async function signIn() {
  const client = hostile.desk.visitor();
  return { client, answer: await hostile.desk.trySignIn(client, "ann") };
}

function* repeat(text: string, times: number): Generator<string> {
  for (let time = 0; time < times; time += 1) yield text;
}

/** 50 MB, as fast as they are taken. */
function drown(response: Parameters<Spoil>[0]): void {
  response.writeHead(200, { "Content-Type": "application/json" });
  const piece = `${JSON.stringify("x".repeat(65_000))},`;
  Readable.from(["[", ...Array.from({ length: 800 }, () => piece), `"${canary}"]`]).pipe(response);
}
