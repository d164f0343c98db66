import { afterAll, beforeAll, expect, it } from "vitest";
import { runDesk, startDeskProcess } from "@/tests/support/desk-process";
import { freePort } from "@/tests/support/free-port";
import { createDatabase, startPostgres } from "@/tests/support/postgres";

/* The built desk on PostgreSQL: each bundle has to know its engine, and one process at a time works on it. */

let postgres: Awaited<ReturnType<typeof startPostgres>>;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

it("serves from it, and a second desk waits until the first is gone", async () => {
  const env = {
    DATABASE_URL: await createDatabase(postgres.url),
    TOKENDESK_SECRET: "a secret of more than thirty-two characters",
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
  const second = runDesk({ ...env, PORT: port });
  const isReady = async () => {
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(`http://127.0.0.1:${port}/api/health/ready`, { signal }).catch(
      () => undefined,
    );
    return answer?.ok ?? false;
  };
  await expect.poll(second.output).toContain("Ready");
  expect(await isReady()).toBe(false);
  first.child.kill("SIGKILL");
  await expect.poll(isReady, { timeout: 15_000 }).toBe(true);
  second.child.kill("SIGTERM");
  expect(await second.ended).toBe(143);
  await first.stop();
});
