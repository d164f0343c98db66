import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { runDesk, startDeskProcess } from "@/tests/support/desk-process";
import { freePort } from "@/tests/support/free-port";
import { createDatabase, startPostgres } from "@/tests/support/postgres";

/* The built desk on PostgreSQL: each bundle has to know its engine, and one process at a time works on it. */

const metricsToken = randomBytes(32).toString("base64url");

let postgres: Awaited<ReturnType<typeof startPostgres>>;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

it("serves from it, and a second desk waits until the first is gone", async () => {
  const env = {
    DATABASE_URL: await createDatabase(postgres.url),
    TOKENDESK_SECRET: "a secret of more than thirty-two characters",
    TOKENDESK_METRICS_TOKEN: metricsToken,
  };
  const first = await startDeskProcess({ env });
  const ann = await first.signedIn("ann");
  const { connections } = (await ann.get("/api/session")).body as { connections: { id: string }[] };
  const mints = await Promise.all(
    ["one", "two", "three"].map((label) =>
      ann.post(
        "/api/tokens",
        { connectionId: connections[0]?.id, label },
        { "Idempotency-Key": `key-of-${label}` },
      ),
    ),
  );
  expect(mints.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect((await ann.get("/api/audit/verify")).body).toMatchObject({ ok: true });

  const port = String(await freePort());
  const second = runDesk({ ...env, TOKENDESK_DATA: first.dataDir, PORT: port });
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" }).catch(
      () => undefined,
    );
    if (!answer) return undefined;
    return [answer.status, answer.ok ? "ok" : problem.parse(await answer.json()).code];
  };
  // Whoever looks after it sees that it lives and has nothing to do; nobody else is let in.
  await expect.poll(() => ask("/api/health/live")).toEqual([200, "ok"]);
  for (const path of ["/api/health/ready", "/api/session", "/api/nowhere"])
    expect([path, await ask(path)]).toEqual([path, [503, "standby"]]);
  // Its figures say so, too, to whoever may read them.
  const scrape = (token: string) =>
    fetch(`http://127.0.0.1:${port}/api/metrics`, { headers: { Authorization: `Bearer ${token}` } });
  const figures = await (await scrape(metricsToken)).text();
  expect(figures).toMatch(/^tokendesk_ready 0$/m);
  expect(figures).toMatch(/^tokendesk_standby 1$/m);
  const refused = await scrape("another");
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="metrics"']);
  const page = await fetch(`http://127.0.0.1:${port}/tokens`);
  expect([page.status, page.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await page.text()).toContain("Another desk is at work");
  expect(second.output()).toContain("this one stands by");
  first.child.kill("SIGKILL");
  await expect.poll(() => ask("/api/health/ready"), { timeout: 15_000 }).toEqual([200, "ok"]);
  expect(second.output()).toContain("this one has taken over");
  const taken = await (await scrape(metricsToken)).text();
  expect(taken).toMatch(/^tokendesk_ready 1$/m);
  expect(taken).toMatch(/^tokendesk_standby 0$/m);
  second.child.kill("SIGTERM");
  expect(await second.ended).toBe(0);
  await first.stop();
});
