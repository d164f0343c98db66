import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorker } from "@/lib/server/jobs/worker";
import { takeCheckpoint } from "@/lib/server/services/audit/checkpoint-file";
import { resetCheckpoints } from "@/lib/server/services/audit/reset-checkpoints";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { closeDesk } from "@/lib/server/services/desk";
import { unsealToken } from "@/lib/server/services/tokens/unseal";
import { isPostgres } from "@/lib/server/store/engine";
import { foldOpenStore, sqliteFile } from "@/lib/server/store/sqlite";
import { engines, startTestDesk, type TestDesk } from "../support/desk";
import { type HeldDesk, mint, only, startHeldDesk } from "../support/held-desk";

/* Whoever reads the disk would find what was erased: in the file's free space, and in the log beside it. */
describe("a sealed copy that was erased", () => {
  let t: TestDesk;
  beforeAll(async () => {
    t = await startTestDesk("sqlite");
  });
  afterAll(() => t?.stop());

  test("is nowhere on the disk any more while the desk runs on, neither in the file nor in the log beside it", async () => {
    const ctx = await t.signedIn("ann");
    const { id } = only(await mint(ctx, "Sealed"));
    const row = await t.desk.db
      .selectFrom("tokens")
      .select("sealed_value")
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    const sealed = row.sealed_value ?? "";
    expect(sealed).toMatch(/^v1\./);
    const files = ["tokendesk.db", "tokendesk.db-wal"].map((name) => join(t.env.dataDir, name));
    const isOnDisk = () => files.some((file) => existsSync(file) && readFileSync(file).includes(sealed));
    expect(isOnDisk()).toBe(true);
    await unsealToken(ctx, { id });
    expect(isOnDisk()).toBe(true);
    const worker = startWorker(t.desk);
    await expect.poll(isOnDisk, { timeout: 9_000 }).toBe(false);
    await worker.stop();
  });

  test("is gone with an orderly stop, and nobody waits for whoever reads the file meanwhile", async () => {
    const ctx = await t.signedIn("ann");
    const { id } = only(await mint(ctx, "Sealed again"));
    const { sealed_value: sealed } = await t.desk.db
      .selectFrom("tokens")
      .select("sealed_value")
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    const reader = new Database(sqliteFile(t.env.dataDir));
    reader.exec("begin");
    reader.prepare("select count(*) from tokens").all();
    await unsealToken(ctx, { id });
    const started = performance.now();
    await foldOpenStore(t.desk.db);
    // Five seconds, in which nobody else was answered.
    expect(performance.now() - started).toBeLessThan(2_500);
    reader.exec("commit");
    reader.close();
    await closeDesk(t.desk);
    const files = ["tokendesk.db", "tokendesk.db-wal"].map((name) => join(t.env.dataDir, name));
    expect(files.some((file) => existsSync(file) && readFileSync(file).includes(sealed ?? ""))).toBe(false);
    await t.restart();
  });
});

/* Checkpoints beside the database are in reach of whoever cuts the trail: they would cut both. */
describe.each(engines)("on %s, a trail that is cut together with its checkpoints' file", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
    const ctx = await t.signedIn("ann");
    for (let index = 0; index < 3; index += 1) {
      await mint(ctx, `Entry ${index}`);
      await takeCheckpoint(t.desk);
    }
    const { db } = t.desk;
    if (isPostgres(db)) await sql`alter table audit disable trigger user`.execute(db);
    else
      for (const name of ["update", "delete", "replace"])
        await sql`drop trigger ${sql.ref(`audit_no_${name}`)}`.execute(db);
  });
  afterAll(() => t?.stop());

  const linesOf = () => readFileSync(t.env.checkpointsFile, "utf8").trim().split("\n");
  async function cutTo(seq: number) {
    const { hash } = await t.desk.db
      .selectFrom("audit")
      .select("hash")
      .where("seq", "=", seq)
      .executeTakeFirstOrThrow();
    await t.desk.db.deleteFrom("audit").where("seq", ">", seq).execute();
    await t.desk.db.updateTable("audit_head").set({ seq, hash }).where("id", "=", 1).execute();
  }

  test("does not verify: the store knows that there were more, and the last of them", async () => {
    const [first = "", second = "", third = ""] = linesOf();
    expect(await verifyAudit(t)).toMatchObject({ ok: true, checkpoints: { agreeing: 3, missing: 0 } });
    const { file } = { file: t.env.checkpointsFile };
    rmSync(file);
    expect(await verifyAudit(t)).toMatchObject({ ok: false, checkpoints: { agreeing: 1, missing: 3 } });
    // Padded with one that is genuine.
    writeFileSync(file, `${[first, first, first].join("\n")}\n`);
    expect(await verifyAudit(t)).toMatchObject({ ok: false, checkpoints: { missing: 2 } });
    await cutTo(JSON.parse(second).entries);
    writeFileSync(file, `${[first, second].join("\n")}\n`);
    const { entries } = JSON.parse(third);
    expect(await verifyAudit(t)).toMatchObject({
      ok: false,
      brokenAt: entries,
      checkpoints: { missing: 1, brokenAt: entries },
    });
    // And goes on not to, with checkpoints that are written from now on.
    await t.pass(61_000);
    await t.work();
    expect(await verifyAudit(t)).toMatchObject({ ok: false, checkpoints: { missing: 1 } });
  });

  test("is taken as it is once its operator says so, on record", async () => {
    await closeDesk(t.desk);
    // The trail was cut to where the file's last one is: what is left agrees with it.
    expect(await resetCheckpoints(t.env)).toMatchObject({ missing: 1, found: 3, state: { ok: true } });
    await t.crash();
    expect(await verifyAudit(t)).toMatchObject({ ok: true, checkpoints: { missing: 0 } });
    const last = await t.desk.db
      .selectFrom("audit")
      .select("body")
      .where("action", "=", "audit.checkpoints_reset")
      .executeTakeFirstOrThrow();
    expect(JSON.parse(last.body)).toMatchObject({ actor: { userName: "Tokendesk" }, detail: { missing: 1 } });
  });
});
