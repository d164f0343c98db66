import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import pg from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { problem } from "@/lib/contracts/problem";
import type { TokenList } from "@/lib/contracts/tokens";
import { appendLine } from "@/lib/server/store/durable-file";
import { connectionOf } from "../attacks/support/stage";
import { type Engine, engines } from "../support/desk";
import { startDeskProcess } from "../support/desk-process";
import { createDatabase } from "../support/postgres";

/* What cannot be written down does not happen; what is only talk may be lost; and what is known can be read. */

type Disk = { folder: string; fill(): void; free(): void; remove(): void };

/** A file system of a few megabytes, which only root may make; and one that is full can be had in no other way. */
function smallDisk(megabytes: number): Disk | undefined {
  if (userInfo().uid !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-disk-"));
  try {
    const options = `size=${megabytes}m,mode=700`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "pipe" });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      // More than there is room for, since the desk may write or free some at the same moment: what fits of it stays.
      expect(() => writeFileSync(ballast, Buffer.alloc((bavail + 64) * bsize))).toThrow("ENOSPC");
    },
    free: () => rmSync(ballast),
    remove() {
      execFileSync("umount", ["--lazy", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** The tests' server runs as this one where the tests run as root. */
const nobody = 65_534;

/** A store on a small disk: where it is for a desk, statements past the desk, and the end of it. */
async function storeOn(engine: Engine, { folder }: Disk) {
  if (engine === "sqlite") {
    const run = (sql: string) => {
      const database = new Database(join(folder, "tokendesk.db"), { timeout: 5_000 });
      database.exec(sql);
      database.close();
    };
    return { env: { TOKENDESK_DATA: folder }, run: async (sql: string) => run(sql), drop: async () => {} };
  }
  chownSync(folder, nobody, nobody);
  const server = inject("postgresUrl");
  const tablespace = `small_${Math.random().toString(36).slice(2)}`;
  const run = async (url: string, sql: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(server, `create tablespace ${tablespace} location '${folder}'`);
  const url = await createDatabase(server, tablespace);
  return {
    env: { DATABASE_URL: url, TOKENDESK_SECRET: "a secret of more than thirty-two characters" },
    run: (sql: string) => run(url, sql),
    async drop() {
      await run(server, `drop database ${new URL(url).pathname.slice(1)} with (force)`);
      await run(server, `drop tablespace ${tablespace}`);
    },
  };
}

const disks = { sqlite: smallDisk(6), postgres: smallDisk(24) };
const checkpoints = smallDisk(1);

const lines = (output: string, message: string) =>
  output.split("\n").filter((line) => line.includes(`"msg":"${message}"`));

afterAll(() => {
  for (const disk of [...Object.values(disks), checkpoints]) disk?.remove();
});

describe.each(engines)("a full disk, %s", (engine) => {
  const disk = disks[engine];

  test.skipIf(!disk)(
    "F12 no action is done that cannot be recorded, what is known can be read, and with room again all goes on",
    async () => {
      if (!disk) return;
      const store = await storeOn(engine, disk);
      const desk = await startDeskProcess({
        env: { ...store.env, TOKENDESK_ADMINS: "sim:ben@demo.example" },
      });
      const { userName } = desk.simulator.seed.user("ann");
      const ann = await desk.signedIn("ann");
      const lead = await desk.signedIn("leadSales");
      const ben = await desk.signedIn("ben");
      const connectionId = await connectionOf(ann);
      const mint = (label: string) =>
        ann.post("/api/tokens", { connectionId, label }, { "Idempotency-Key": `key-of-${label}` });
      const { items } = (await mint("before")).body as { items: [{ id: string }] };
      const [{ id }] = items;
      const before = (await desk.portal.user(userName)).tokens;
      await ann.get("/api/tokens");
      await lead.get("/api/tokens");
      // Long enough ago that the next request is a sign of life, which is written down.
      await store.run("update sessions set last_active_at = last_active_at - 120000");
      disk.fill();
      // What was written before may have left room for a few more: until none fits.
      const write = { method: "PATCH", headers: { "Tokendesk-Background": "1" } };
      const long = { notes: "n".repeat(2_000) };
      while ((await ann.send(`/api/tokens/${id}`, { ...write, json: long })).status < 400);
      await desk.portal.clearCalls();

      const refused = [
        await mint("during"),
        await ann.post(`/api/tokens/${id}/copy`, {}),
        await ann.patch(`/api/tokens/${id}`, { label: "during" }),
        await ann.delete(`/api/tokens/${id}`, { reason: "other" }),
        await ann.post("/api/tokens/revoke", { ids: [id], reason: "other" }),
        await ann.post("/api/tokens/revoke-by-value", { portal: "sim", token: before[0], reason: "other" }),
        await ann.post(`/api/tokens/${id}/check`),
        await ann.get("/api/audit/export?format=csv"),
        await desk.trySignIn(desk.visitor(), "cleo"),
      ];
      for (const { status, body, text } of refused)
        expect([status, problem.safeParse(body).data?.code], text).toEqual([503, "store_full"]);
      const ready = await ben.get("/api/health/ready");
      expect([ready.status, problem.parse(ready.body).detail]).toEqual([503, "Failing: store: full."]);
      const calls = (await desk.portal.calls()).map(({ endpoint }) => endpoint);
      expect(calls).not.toContain("mint");
      expect(calls).not.toContain("revoke");

      // The portal's news since cannot be noted.
      await desk.portal.addTokens(userName, { bare: 200 });
      const expectReadable = async () => {
        for (const person of [ann, lead]) {
          for (const path of [
            "/api/session",
            "/api/tokens",
            "/api/tokens?q=before",
            `/api/tokens/${id}`,
            "/api/audit",
            "/api/audit/verify",
            "/api/sessions",
            "/api/portals",
            "/api/health/live",
          ])
            if (person === ann || !path.includes(id))
              expect([path, (await person.get(path)).status]).toEqual([path, 200]);
          for (const path of ["/tokens", "/audit", "/connections", "/sessions"])
            expect([path, (await person.get(path)).status]).toEqual([path, 200]);
        }
        expect((await ann.get(`/tokens/${id}`)).status).toBe(200);
        expect((await ann.post("/api/tokens/identify", { token: before[0] })).status).toBe(200);
        expect((await desk.visitor().get("/sign-in")).status).toBe(200);
      };
      await expectReadable();
      await expect
        .poll(async () => {
          const { sources } = (await ann.get("/api/tokens")).body as TokenList;
          return sources.map(({ state, error }) => [state, error]);
        })
        .toEqual([["stale", "store_full"]]);
      await desk.portal.addFault({ endpoint: "list", kind: "status", status: 503, count: null });
      await desk.portal.addFault({ endpoint: "who", kind: "status", status: 503, count: null });
      await expectReadable();
      await desk.portal.clearFaults();
      // An end only takes rights away: it holds before it can be recorded.
      const left = await ben.post("/api/session/sign-out");
      expect([left.status, left.headers.get("set-cookie") !== null]).toEqual([204, true]);

      disk.free();
      await expect
        .poll(async () => (await desk.visitor().get("/api/health/ready")).status, { timeout: 15_000 })
        .toBe(200);
      expect((await mint("after")).status).toBe(201);
      expect((await ann.delete(`/api/tokens/${id}`, { reason: "other" })).status).toBe(200);
      const { tokens } = await desk.portal.user(userName);
      expect(tokens).toHaveLength(before.length + 200);
      await expect
        .poll(async () => ((await ann.get("/api/tokens")).body as TokenList).items.length)
        .toBe(tokens.length);
      expect((await ann.get("/api/audit/verify")).body).toMatchObject({ ok: true });
      // Said once when it began and once when it was over, however many met it.
      await expect.poll(() => lines(desk.output(), "the store takes writes again").length).toBe(1);
      const told = lines(desk.output(), "the store takes no writes").map((line) => JSON.parse(line));
      expect(told).toEqual([
        expect.objectContaining(
          engine === "sqlite" ? { code: "SQLITE_FULL", freeBytes: expect.any(Number) } : { code: "53100" },
        ),
      ]);
      for (const noise of ["the worker met an error", "the audit trail refused an entry", "internal"])
        expect([noise, lines(desk.output(), noise)]).toEqual([noise, []]);
      await desk.stop();
      await store.drop();
    },
    60_000,
  );
});

// Whoever reads the file would find a checkpoint missing that the desk believes to have written: a broken trail.
test.skipIf(!checkpoints)(
  "F12 a line for which there is no room leaves nothing of itself, and is none",
  () => {
    if (!checkpoints) return;
    const file = join(checkpoints.folder, "lines");
    appendLine(file, "first");
    checkpoints.fill();
    expect(() => appendLine(file, "n".repeat(8_000))).toThrow(expect.objectContaining({ code: "ENOSPC" }));
    expect(readFileSync(file, "utf8")).toBe("first\n");
    checkpoints.free();
    appendLine(file, "second");
    expect(readFileSync(file, "utf8")).toBe("first\nsecond\n");
  },
);

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
