import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, describe, expect, test } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { connectionOf } from "../attacks/support/stage";
import { startDeskProcess } from "../support/desk-process";

/* What cannot be written down does not happen; what is only talk may be lost. */

/** A file system of a few megabytes, which only root may make; and one that is full can be had in no other way. */
function smallDisk(): { folder: string; fill(): void; free(): void; remove(): void } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m,mode=700", "tmpfs", folder], { stdio: "pipe" });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize));
    },
    free: () => rmSync(ballast),
    remove() {
      execFileSync("umount", ["--lazy", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

const disk = smallDisk();

describe("a full disk", () => {
  afterAll(() => disk?.remove());

  test.skipIf(!disk)(
    "F12 no action is done that cannot be recorded, what is known can be read, and with room again all goes on",
    async () => {
      if (!disk) return;
      const desk = await startDeskProcess({ env: { TOKENDESK_DATA: disk.folder } });
      const ann = await desk.signedIn("ann");
      const connectionId = await connectionOf(ann);
      const mint = (label: string) =>
        ann.post("/api/tokens", { connectionId, label }, { "Idempotency-Key": `key-of-${label}` });
      const { items } = (await mint("before")).body as { items: [{ id: string }] };
      const [{ id }] = items;
      const before = (await desk.portal.user(desk.simulator.seed.user("ann").userName)).tokens;
      await ann.get("/api/tokens");
      // Long enough ago that the next request is a sign of life, which is written down.
      const store = new Database(join(disk.folder, "tokendesk.db"), { timeout: 5_000 });
      store.exec("update sessions set last_active_at = last_active_at - 120000");
      store.close();
      // What was written before may have left room for a few more: until none fits.
      disk.fill();
      const write = { method: "PATCH", headers: { "Tokendesk-Background": "1" } };
      const long = { notes: "n".repeat(2_000) };
      while ((await ann.send(`/api/tokens/${id}`, { ...write, json: long })).status < 400);
      await desk.portal.clearCalls();

      const refused = [
        await mint("during"),
        await ann.post(`/api/tokens/${id}/copy`, {}),
        await ann.patch(`/api/tokens/${id}`, { label: "during" }),
        await ann.delete(`/api/tokens/${id}`, { reason: "other" }),
        await desk.trySignIn(desk.visitor(), "ben"),
        await desk.visitor().get("/api/health/ready"),
      ];
      for (const { status, body, text } of refused) {
        expect(status, text).toBe(503);
        expect(["audit_unavailable", "store_unavailable"]).toContain(problem.parse(body).code);
      }
      const calls = (await desk.portal.calls()).map(({ endpoint }) => endpoint);
      expect(calls).not.toContain("mint");
      expect(calls).not.toContain("revoke");
      for (const path of [
        "/api/session",
        "/api/tokens",
        `/api/tokens/${id}`,
        "/api/audit",
        "/api/health/live",
      ])
        expect([path, (await ann.get(path)).status]).toEqual([path, 200]);
      expect((await ann.get("/tokens")).status).toBe(200);

      disk.free();
      expect((await desk.visitor().get("/api/health/ready")).status).toBe(200);
      expect((await mint("after")).status).toBe(201);
      expect((await ann.delete(`/api/tokens/${id}`, { reason: "other" })).status).toBe(200);
      const { tokens } = await desk.portal.user(desk.simulator.seed.user("ann").userName);
      expect(tokens).toHaveLength(before.length);
      expect((await ann.get("/api/audit/verify")).body).toMatchObject({ ok: true });
      await desk.stop();
    },
    60_000,
  );
});

// Nobody reads the log any more: a collector that died, a full disk of its own.
test("F12 a log that cannot be written stops nothing", async () => {
  const desk = await startDeskProcess();
  desk.child.stdout?.destroy();
  desk.child.stderr?.destroy();
  const ann = await desk.signedIn("ann");
  const refused = await ann.post("/api/tokens/revoke", { ids: [`tok_${"a".repeat(26)}`], reason: "other" });
  expect(refused.status).toBe(404);
  const answer = await ann.post(
    "/api/tokens",
    { connectionId: await connectionOf(ann), label: "Unheard" },
    { "Idempotency-Key": "key-of-unheard" },
  );
  expect(answer.status).toBe(201);
  expect((await ann.get("/api/audit/verify")).body).toMatchObject({ ok: true });
  expect(desk.child.exitCode).toBeNull();
  await desk.stop();
});
