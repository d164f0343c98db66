import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyExport } from "@/lib/server/services/audit/verify-export";
import { engines } from "@/tests/support/desk";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { historyPeople, seedHistory } from "@/tests/support/history";
import { startPostgres, type TestPostgres } from "@/tests/support/postgres";

/* What a long trail costs is shown by `npm run bench -- --history`; here, that all of it is there. */

const entries = 30_000;
const people = historyPeople().slice(0, 60);

describe.each(engines)("a trail of years on %s", (engine) => {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-history-"));
  let postgres: TestPostgres | undefined;
  let env: Record<string, string>;
  let desk: DeskProcess;
  const start = () =>
    startDeskProcess({
      env,
      simulator: {
        seed: {
          users: people.map(({ userId, userName }) => ({ key: userName, userId: Number(userId), userName })),
        },
      },
    });
  beforeAll(async () => {
    if (engine === "postgres") postgres = await startPostgres();
    env = {
      TOKENDESK_DATA: folder,
      TOKENDESK_SECRET: randomBytes(32).toString("base64url"),
      TOKENDESK_ADMINS: `sim:${people[5]?.userName}`,
      ...(postgres ? { DATABASE_URL: postgres.url } : {}),
    };
    await seedHistory({ ...env, people, entries, checkpoints: 3_000 });
    desk = await start();
  });
  afterAll(async () => {
    await desk?.stop();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is verified, and exported whole, in a thread of its own", async () => {
    const admin = await desk.signedIn(people[5]?.userName ?? "");
    await expect
      .poll(async () => (await admin.get("/api/audit/verify")).body)
      .toMatchObject({ ok: true, checkpoints: { missing: 0 }, unfinished: [] });
    const { body } = await admin.get("/api/audit/verify");
    expect(body).toMatchObject({ entries: expect.any(Number) });
    expect((body as { entries: number }).entries).toBeGreaterThan(entries);
    expect((body as { checkpoints: { agreeing: number } }).checkpoints.agreeing).toBeGreaterThanOrEqual(
      3_000,
    );

    const { text } = await admin.get("/api/audit/export?format=jsonl");
    const lines = createInterface({ input: Readable.from(text) });
    async function* none() {}
    const state = await verifyExport(lines, none());
    expect(state).toMatchObject({ ok: true, whole: true });
    expect(state.entries).toBeGreaterThan((body as { entries: number }).entries);
    const csv = await admin.get("/api/audit/export?format=csv&action=token.label");
    expect(csv.text.split("\r\n").length).toBeGreaterThan(2_000);
  });

  it("keeps nobody waiting who ends the desk while it is read", async () => {
    await desk.stop();
    desk = await start();
    expect(await desk.stop()).toBe(0);
    expect(desk.output()).not.toMatch(/"level":[56]0|not closed in order/);
    desk = await start();
  });
});
