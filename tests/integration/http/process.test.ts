import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { type DeskProcess, runDesk, startDeskProcess } from "@/tests/support/desk-process";
import { freePort } from "@/tests/support/free-port";
import { rawRequest } from "@/tests/support/raw-request";

/* The process: when it refuses to start, how it ends, whose address it believes. */

describe("a desk that is configured unsafely", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tokendesk-test-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const good = "a-canary-secret-of-more-than-32-characters";
  const remote = { TOKENDESK_URL: "https://desk.example", TOKENDESK_SECRET: good, TOKENDESK_ALLOW: "vacd" };

  it.each<[string, RegExp, Record<string, string>]>([
    ["a short secret", /TOKENDESK_SECRET/, { TOKENDESK_SECRET: "canary" }],
    ["no secret off loopback", /TOKENDESK_SECRET/, { ...remote, TOKENDESK_SECRET: "" }],
    ["plain http off loopback", /TOKENDESK_URL/, { ...remote, TOKENDESK_URL: "http://desk.example" }],
    ["nobody named off loopback", /TOKENDESK_ALLOW/, { ...remote, TOKENDESK_ALLOW: "" }],
    ["a trusted host header", /AUTH_TRUST_HOST/, { AUTH_TRUST_HOST: "false" }],
    [
      "a proxy of a kind that is none",
      /HTTPS_PROXY/,
      { HTTPS_PROXY: "socks5://u:canary@proxy.example:1080" },
    ],
    ["TLS not verified", /NODE_TLS_REJECT_UNAUTHORIZED/, { NODE_TLS_REJECT_UNAUTHORIZED: "0" }],
    [
      "a database that is not there",
      /DATABASE_URL: the server cannot be reached, since the connection is refused: see host and port/,
      { TOKENDESK_SECRET: good, DATABASE_URL: "postgres://u:canary-password@127.0.0.1:1/x" },
    ],
  ])("does not start with %s, says why in one line, and repeats no secret", async (_name, reason, env) => {
    const { ended, output } = runDesk({ PORT: String(await freePort()), TOKENDESK_DATA: folder, ...env });
    expect(await ended).toBe(1);
    const lines = output()
      .split("\n")
      .filter((line) => line.startsWith("Tokendesk cannot start"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(reason);
    expect(output()).not.toContain("canary");
    expect(output()).not.toMatch(/^\s+at /m);
  });
});

it("a second desk on the same folder does not start, and a killed one's folder is free at once", async () => {
  const first = await startDeskProcess();
  const env = { TOKENDESK_DATA: first.dataDir, PORT: String(await freePort()) };
  const second = runDesk(env);
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain("another Tokendesk works on this data folder");
  first.child.kill("SIGKILL");
  await once(first.child, "close");
  const third = runDesk(env);
  const live = async () =>
    (await fetch(`http://127.0.0.1:${env.PORT}/api/health/live`).catch(() => undefined))?.ok;
  await expect.poll(live, { timeout: 15_000 }).toBe(true);
  third.child.kill("SIGTERM");
  expect(await third.ended).toBe(0);
  await first.stop();
});

describe("a desk at work", () => {
  const secret = randomBytes(32).toString("base64url");
  let desk: DeskProcess;
  beforeAll(async () => {
    desk = await startDeskProcess({ env: { TOKENDESK_SECRET: secret } });
  });
  afterAll(() => desk?.stop());

  it("the address of the caller is the socket's, whatever the request claims", async () => {
    const claims = {
      "X-Forwarded-For": "6.6.6.6",
      "X-Real-IP": "6.6.6.6",
      Forwarded: "for=6.6.6.6",
      "X-Tokendesk-Peer": "6.6.6.6",
    };
    const lead = desk.visitor();
    const user = desk.simulator.seed.user("leadSales");
    await lead.signIn({ portal: "sim", username: user.userName, password: user.password }, claims);
    const { items } = (await lead.get("/api/audit")).body as { items: { action: string; ip: string }[] };
    expect(items.find(({ action }) => action === "session.sign_in")?.ip).toBe("127.0.0.1");
  });

  // Whoever closes an idle connection first may meet the other's next request: a mint of which nobody knows what came.
  it("an idle connection is kept for longer than proxies keep theirs", async () => {
    const { headers } = await desk.visitor().get("/api/health/live");
    expect(headers.get("keep-alive")).toBe("timeout=75");
  });

  // Arguments are everybody's on the machine, and what is printed at the start ends in every log.
  it("the secret stands in no argument, and nowhere in what is printed or told", async () => {
    const own = readFileSync(`/proc/${desk.child.pid}/cmdline`, "utf8");
    const told = await Promise.all(
      ["/api/health/live", "/api/health/ready", "/api/portals", "/sign-in", "/api/session"].map((path) =>
        desk.visitor().get(path),
      ),
    );
    // The last one is refused, and the log says so.
    await expect.poll(desk.output).toContain("refused");
    for (const text of [own, desk.output(), ...told.map(({ text }) => text)]) {
      expect(text.length).toBeGreaterThan(0);
      expect(text).not.toContain(secret);
    }
  });

  it("a probe tells whether it lives and can work, to anybody, under any name", async () => {
    await desk.portal.clearCalls();
    for (const path of ["/api/health/live", "/api/health/ready"]) {
      const answer = await rawRequest(desk.port, path, { headers: { Host: "10.0.0.5" } });
      expect([answer.status, answer.text]).toEqual([200, '{"ok":true}']);
    }
    expect(await desk.portal.calls()).toHaveLength(0);
  });

  it("more requests than a session may send are 429, and another person is not held up", async () => {
    const [ann, ben] = [await desk.signedIn("ann"), await desk.signedIn("ben")];
    let refused: Awaited<ReturnType<typeof ann.get>> | undefined;
    for (let batch = 0; batch < 14 && !refused; batch += 1) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => ann.get("/api/session")));
      refused = answers.find(({ status }) => status === 429);
    }
    expect(problem.parse(refused?.body).code).toBe("too_many_requests");
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await ben.get("/api/session")).status).toBe(200);
  }, 60_000);

  // A person who was told nothing does not know whether there is a new token.
  it("a desk that is asked to end answers what is under way first", async () => {
    const ben = await desk.signedIn("ben");
    const { connections } = (await ben.get("/api/session")).body as { connections: { id: string }[] };
    await desk.portal.addFault({ endpoint: "mint", kind: "latency", ms: 2000 });
    const mint = ben.post(
      "/api/tokens",
      { connectionId: connections[0]?.id, label: "Last one" },
      { "Idempotency-Key": "the-last-one" },
    );
    await desk.portal.waitForCalls({ endpoint: "mint" }, 1);
    desk.child.kill("SIGTERM");
    await expect
      .poll(() =>
        fetch(`${desk.baseUrl}/api/health/live`).then(
          () => "up",
          () => "down",
        ),
      )
      .toBe("down");
    expect((await mint).status).toBe(201);
    await once(desk.child, "close");
    expect(desk.child.exitCode).toBe(0);
  });
});
