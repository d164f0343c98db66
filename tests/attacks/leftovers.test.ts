import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import Database from "libsql";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { startWorker } from "@/lib/server/jobs/worker";
import { takeCheckpoint } from "@/lib/server/services/audit/checkpoint-file";
import { resetCheckpoints } from "@/lib/server/services/audit/reset-checkpoints";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { closeDesk, openDesk } from "@/lib/server/services/desk";
import { changeSecret } from "@/lib/server/services/keys/change-secret";
import { readWrappedKey } from "@/lib/server/services/keys/wrapped-key";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { unsealToken } from "@/lib/server/services/tokens/unseal";
import { isPostgres } from "@/lib/server/store/engine";
import { clearErased } from "@/lib/server/store/erased";
import { sqliteFile } from "@/lib/server/store/folder";
import { foldOpenStore } from "@/lib/server/store/sqlite";
import { engines, startTestDesk, type TestDesk } from "../support/desk";
import { type HeldDesk, mint, only, startHeldDesk } from "../support/held-desk";
import { createDatabase, startPostgres, type TestPostgres } from "../support/postgres";

/** How many of these texts stand in the files of the store: of SQLite the file and its log, of PostgreSQL the tables'. */
async function onDisk({ desk: { db }, env }: TestDesk, texts: string[]): Promise<number> {
  let folder = env.dataDir;
  if (isPostgres(db)) {
    await sql`checkpoint`.execute(db);
    const { rows } = await sql<{ folder: string }>`
      select current_setting('data_directory') || '/base/' || oid as folder
      from pg_database where datname = current_database()`.execute(db);
    folder = rows[0]?.folder ?? "";
  }
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  return texts.filter((text) => files.some((file) => file.includes(text))).length;
}

/** Of its own: whatever is open anywhere on a server keeps what was erased. */
let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

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
    onTestFinished(() => worker.stop());
    await expect.poll(isOnDisk, { timeout: 9_000 }).toBe(false);
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

/* Whoever reads PostgreSQL's own files would find each row as it was: what is erased there is written anew, and the old stays. */
describe("what was erased on PostgreSQL", () => {
  let t: TestDesk;
  beforeAll(async () => {
    t = await startTestDesk("postgres", { env: { DATABASE_URL: await createDatabase(server.url) } });
  });
  afterAll(() => t?.stop());

  async function sealedValues(): Promise<string[]> {
    const { db } = t.desk;
    const tokens = await db.selectFrom("tokens").select("sealed_value as text").execute();
    const connections = await db.selectFrom("connections").select("sealed_credential as text").execute();
    return [...tokens, ...connections].flatMap(({ text }) => text ?? []);
  }
  /** Several pages of rows with something sealed in each, all of it erased. */
  async function erased(): Promise<string[]> {
    const ctx = await t.signedIn("ann");
    const items = await mint(ctx, "Sealed", 20);
    const texts = await sealedValues();
    expect(texts.length).toBeGreaterThan(20);
    expect(await onDisk(t, texts)).toBe(texts.length);
    for (const { id } of items) await unsealToken(ctx, { id });
    await signOut(ctx);
    expect(await sealedValues()).toEqual([]);
    return texts;
  }

  test("is in no file of a table any more once the worker had its turn", async () => {
    const texts = await erased();
    const worker = startWorker(t.desk);
    onTestFinished(() => worker.stop());
    await expect.poll(() => onDisk(t, texts), { timeout: 9_000 }).toBe(0);
  });

  test.each([
    ["may still read it", () => t.env.databaseUrl, "select count(*) from tokens"],
    ["writes elsewhere on the server", () => server.url, "create table elsewhere ()"],
  ])("stays while somebody %s, holds nobody up, and goes afterwards", async (_what, url, statement) => {
    const reader = new pg.Client({ connectionString: url() });
    await reader.connect();
    await reader.query("begin isolation level repeatable read");
    await reader.query(statement);
    const texts = await erased();
    await expect(clearErased(t.desk.db)).rejects.toThrow(/older transaction/);
    expect(await onDisk(t, texts)).toBeGreaterThan(0);
    await reader.query("rollback");
    await reader.end();
    await clearErased(t.desk.db);
    expect(await onDisk(t, texts)).toBe(0);
  });

  test("is looked for after a start unless the last process said that nothing is left", async () => {
    await t.restart();
    expect(await clearErased(t.desk.db)).toBe(0);
    await t.desk.db.destroy();
    t.desk = await openDesk(t.env);
    expect(await clearErased(t.desk.db)).toBeGreaterThan(0);
  });
});

/* With the old secret it opens the present root key, and with that everything. */
describe.each(engines)("the root key as it was wrapped under a secret that was changed, on %s", (engine) => {
  let t: TestDesk;
  beforeAll(async () => {
    const env = engine === "postgres" ? { DATABASE_URL: await createDatabase(server.url) } : undefined;
    t = await startTestDesk(engine, { env });
  });
  afterAll(() => t?.stop());

  test("is nowhere in the store's files any more once the command has ended", async () => {
    const { wrapped = "", salt = "" } = await readWrappedKey(t.desk.db);
    expect(await onDisk(t, [wrapped, salt])).toBe(2);
    await closeDesk(t.desk);
    const secret = newSecret();
    await changeSecret(t.env, secret);
    t.env.secret = secret;
    await t.restart();
    expect(await onDisk(t, [wrapped, salt])).toBe(0);
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
