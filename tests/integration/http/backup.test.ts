import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { runCommand } from "@/tests/support/command";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";

/* A backup that is only right while nobody works is none: the desk mints while it is taken. */

type Listed = { id: string; label?: string | null; status: string };

async function listed(desk: DeskProcess): Promise<Listed[]> {
  const ann = await desk.signedIn("ann");
  return ((await ann.get("/api/tokens")).body as { items: Listed[] }).items;
}

it("taken under load and restored elsewhere, the trail verifies and the list tells what is new", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-backup-"));
  const env = { TOKENDESK_SECRET: newSecret() };
  const desk = await startDeskProcess({ env });
  const ann = await desk.signedIn("ann");
  const { connections } = (await ann.get("/api/session")).body as { connections: { id: string }[] };
  const connectionId = connections[0]?.id;
  let minted = 0;
  let isOver = false;
  const load = (async () => {
    for (; !isOver; minted += 1) {
      const key = { "Idempotency-Key": `load-${minted}-of-the-test` };
      const { status } = await ann.post("/api/tokens", { connectionId, label: `Load ${minted}` }, key);
      expect(status).toBe(201);
    }
  })();
  const file = join(folder, "backup.db");
  await expect.poll(() => minted, { timeout: 10_000 }).toBeGreaterThan(2);
  const backup = await runCommand(
    "scripts/backup.ts",
    { TOKENDESK_DATA: desk.dataDir, ...env },
    { args: [file], asNpm: true },
  );
  expect(backup).toEqual({ code: 0, output: expect.stringContaining("which verify") });
  const atBackup = minted;
  await expect.poll(() => minted, { timeout: 10_000 }).toBeGreaterThan(atBackup + 2);
  isOver = true;
  await load;
  const before = await listed(desk);
  desk.child.kill("SIGKILL");

  const elsewhere = join(folder, "data");
  const restored = await runCommand(
    "scripts/restore.ts",
    { TOKENDESK_DATA: elsewhere, ...env },
    { args: [file], asNpm: true },
  );
  expect(restored).toEqual({ code: 0, output: expect.stringContaining("Restored:") });
  const again = await startDeskProcess({
    env: {
      ...env,
      TOKENDESK_DATA: elsewhere,
      // The portal of before, with all that was minted since.
      PORTALS: JSON.stringify([{ id: "sim", name: "Simulator", baseUrl: desk.simulator.baseUrl }]),
    },
  });
  const { userName, password } = desk.simulator.seed.user("ann");
  const visitor = again.visitor();
  expect((await visitor.signIn({ portal: "sim", username: userName, password })).status).toBe(200);
  const after = ((await visitor.get("/api/tokens")).body as { items: Listed[] }).items;
  expect(after.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
  const isLoad = ({ label }: Listed) => label?.startsWith("Load ") ?? false;
  const known = after.filter(isLoad).length;
  expect(known).toBeGreaterThan(2);
  expect(known).toBeLessThan(before.filter(isLoad).length);
  const lost = before
    .filter(isLoad)
    .filter(({ id }) => !after.some((token) => token.id === id && isLoad(token)));
  for (const { id } of lost) expect(after.find((token) => token.id === id)?.status).toBe("unclaimed");
  const { items } = (await visitor.get("/api/audit?action=owner.synced")).body as {
    items: { detail: { new: number } }[];
  };
  expect(items[0]?.detail.new).toBeGreaterThanOrEqual(lost.length);
  expect((await visitor.get("/api/audit/verify")).body).toMatchObject({ ok: true });
  await again.stop();
  await desk.stop();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);
