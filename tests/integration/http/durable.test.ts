import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";

/* A person who was told of a token may rely on it: the desk knows it, whatever happens in the next moment. */

async function minter(desk: DeskProcess) {
  const ann = await desk.signedIn("ann");
  const { connections } = (await ann.get("/api/session")).body as { connections: { id: string }[] };
  return (label: string) =>
    ann.post(
      "/api/tokens",
      { connectionId: connections[0]?.id, label },
      { "Idempotency-Key": `durable-${label}` },
    );
}

const hasStrace = spawnSync("strace", ["-V"]).status === 0;

describe("a minted token", () => {
  it("is known to the desk that is killed right after it answered", async () => {
    const desk = await startDeskProcess();
    const mint = await minter(desk);
    const { status, body } = await mint("kept");
    desk.child.kill("SIGKILL");
    expect(status).toBe(201);
    await once(desk.child, "close");
    const again = await startDeskProcess({
      env: {
        TOKENDESK_DATA: desk.dataDir,
        PORTALS: JSON.stringify([{ id: "sim", name: "Simulator", baseUrl: desk.simulator.baseUrl }]),
      },
    });
    const { userName, password } = desk.simulator.seed.user("ann");
    const ann = again.visitor();
    await ann.signIn({ portal: "sim", username: userName, password });
    const [{ id }] = (body as { items: [{ id: string }] }).items;
    expect((await ann.get(`/api/tokens/${id}`)).body).toMatchObject({ label: "kept", status: "active" });
    await again.stop();
    await desk.stop();
  }, 60_000);

  // Being killed loses nothing that the operating system has; losing power does, unless the disk was waited for.
  it.runIf(hasStrace)(
    "is waited for until it is on disk, between the portal's answer and ours",
    async () => {
      const desk = await startDeskProcess();
      const mint = await minter(desk);
      await mint("warm");
      const folder = mkdtempSync(join(tmpdir(), "tokendesk-strace-"));
      const file = join(folder, "trace");
      const args = ["-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", file, "-p", String(desk.child.pid)];
      const strace = spawn("strace", args, { stdio: ["ignore", "ignore", "pipe"] });
      const synced = () => readFileSync(file, "utf8").match(/f(data)?sync\(/g)?.length ?? 0;
      await expect
        .poll(
          () =>
            spawnSync("grep", ["TracerPid", `/proc/${desk.child.pid}/status`], { encoding: "utf8" }).stdout,
        )
        .toMatch(/TracerPid:\s+[1-9]/);
      await desk.portal.clearCalls();
      await desk.portal.addFault({ endpoint: "mint", kind: "latency", ms: 2_000 });
      const answer = mint("traced");
      await desk.portal.waitForCalls({ endpoint: "mint" }, 1);
      // Intent and attempt were synced before the call was sent; the portal has not answered yet.
      const before = synced();
      expect(before).toBeGreaterThan(0);
      expect((await answer).status).toBe(201);
      expect(synced()).toBeGreaterThan(before);
      strace.kill("SIGTERM");
      await once(strace, "close");
      rmSync(folder, { recursive: true });
      await desk.stop();
    },
    60_000,
  );
});
