import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newSecret } from "@/lib/server/crypto";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { hasOwnMachine, type OwnMachine, startOwnMachine } from "./own-machine";

/** What a reader has in front of them: a desk with a little history, a folder for backups, and its configuration. */
export type World = {
  desk: DeskProcess;
  folder: string;
  secret: string;
  /** A file of the whole trail, as the audit page gives it. */
  exported: string;
  /** What the desk's own commands are given. */
  env: Record<string, string>;
  /** Where there can be one. */
  machine?: OwnMachine;
};

/** How a block is typed, and what comes of it; or the test, `file: title`, in which that is done. */
export type Runner = string | ((text: string, world: World, skip: (why: string) => never) => Promise<void>);

export async function startWorld(): Promise<World & { stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-documents-"));
  const data = join(folder, "data");
  mkdirSync(data);
  const secret = newSecret();
  const desk = await startDeskProcess({
    env: { TOKENDESK_DATA: data, TOKENDESK_SECRET: secret, TOKENDESK_ADMINS: "sim:ben@demo.example" },
  });
  const ben = await desk.signedIn("ben");
  const { connections } = (await ben.get("/api/session")).body as { connections: [{ id: string }] };
  const input = { connectionId: connections[0].id, label: "Documented" };
  await ben.post("/api/tokens", input, { "Idempotency-Key": "documented-mint-1" });
  const exported = join(folder, "exported.jsonl");
  writeFileSync(exported, (await ben.get("/api/audit/export?format=jsonl")).text);
  const machine = hasOwnMachine ? startOwnMachine() : undefined;
  return {
    desk,
    exported,
    machine,
    folder,
    secret,
    env: { TOKENDESK_DATA: data, TOKENDESK_SECRET: secret },
    async stop() {
      machine?.stop();
      await desk.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
