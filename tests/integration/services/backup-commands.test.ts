import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newId, newSecret } from "@/lib/server/crypto";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { closeDesk, openDesk } from "@/lib/server/services/desk";
import { lockFolder } from "@/lib/server/store/folder";
import { runCommand } from "../../support/command";
import { startTestDesk, type TestDesk } from "../../support/desk";
import { mint } from "../../support/held-desk";

/** The commands as an operator runs them: what they refuse, and what is left when they are killed. */
describe("npm run backup and npm run restore", () => {
  let t: TestDesk;
  let backup: string;
  let folder: string;
  const root = mkdtempSync(join(tmpdir(), "tokendesk-commands-"));
  beforeAll(async () => {
    t = await startTestDesk("sqlite");
    await mint(await t.signedIn("ann"), "In the backup");
    backup = join(root, "backup.db");
    const { code, output } = await run("backup", t.env.dataDir, [backup]);
    expect([code, output]).toEqual([0, expect.stringContaining("which verify")]);
  });
  beforeEach(() => {
    folder = join(root, newId("data"));
  });
  afterAll(async () => {
    await t?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  type More = { env?: Record<string, string | undefined>; dieAtStep?: number };
  const run = (name: string, dataDir: string, args: string[], { env, ...how }: More = {}) =>
    runCommand(
      `scripts/${name}.ts`,
      { TOKENDESK_DATA: dataDir, TOKENDESK_SECRET: t.env.secret, ...env },
      { args, ...how },
    );
  const restore = (args: string[], more?: More) => run("restore", folder, args, more);
  /** How many audit entries and tokens the store of a folder has; it opens, and its trail verifies. */
  const look = async () => {
    const desk = await openDesk({ ...t.env, dataDir: folder });
    const { ok, entries } = await verifyAudit({ desk });
    expect(ok).toBe(true);
    const tokens = (await desk.db.selectFrom("tokens").select("label").execute()).map(({ label }) => label);
    await closeDesk(desk);
    return { entries, labelled: tokens.filter(Boolean) };
  };
  const change = (file: string, sql: string) => {
    const database = new Database(file);
    database.exec(sql);
    database.close();
  };
  const altered = (sql: string) => {
    const file = join(root, newId("altered"));
    cpSync(backup, file);
    change(file, sql);
    return file;
  };

  test("a backup is the owner's alone, whole, and replaces nothing", async () => {
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    expect(readdirSync(root).filter((name) => name.startsWith("backup"))).toEqual(["backup.db"]);
    const again = await run("backup", t.env.dataDir, [backup]);
    expect([again.code, again.output]).toEqual([1, expect.stringContaining("exists already")]);
    const nothing = await run("backup", join(root, "nothing"), [join(root, "x")]);
    expect([nothing.code, nothing.output]).toEqual([1, expect.stringContaining("there is no store")]);
    expect(existsSync(join(root, "nothing"))).toBe(false);
    const env = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/x" };
    const elsewhere = await run("backup", t.env.dataDir, [join(root, "x")], { env });
    expect([elsewhere.code, elsewhere.output]).toEqual([1, expect.stringContaining("pg_dump")]);
  }, 120_000);

  test("a restored store has all of the backup, and one line that tells of it", async () => {
    const { code, output } = await restore([backup]);
    expect([code, output]).toEqual([0, expect.stringContaining("Restored:")]);
    expect(output).not.toContain(t.env.secret);
    const { labelled } = await look();
    expect(labelled).toEqual(["In the backup"]);
    expect(readdirSync(folder).filter((name) => /restoring|replaced/.test(name))).toEqual([]);
  }, 60_000);

  test("a store that is there is replaced only when that is asked for, and kept aside", async () => {
    await openDesk({ ...t.env, dataDir: folder }).then(closeDesk);
    const refused = await restore([backup]);
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining("--force")]);
    expect((await look()).labelled).toEqual([]);
    const { code, output } = await restore([backup, "--force"]);
    expect(code).toBe(0);
    const aside = readdirSync(folder).find((name) => /^tokendesk\.db\.replaced-[\dTZ-]+$/.test(name)) ?? "";
    expect(output).toContain(join(folder, aside));
    expect((await look()).labelled).toEqual(["In the backup"]);
    const old = new Database(join(folder, aside));
    expect(old.prepare("select count(*) as n from tokens").get()).toMatchObject({ n: 0 });
    old.close();
  }, 60_000);

  // A store that was put in place although something was wrong with it would be found out too late.
  test("what is no backup of this desk is refused, and nothing is touched", async () => {
    const junk = join(root, "junk");
    writeFileSync(junk, "not a database, whatever its name says".repeat(100));
    const foreign = join(root, "foreign");
    change(foreign, "create table meta (name text, value text)");
    const half = join(root, "half");
    cpSync(backup, half);
    writeFileSync(`${half}-wal`, "what was written last");
    const tampered = altered(
      "drop trigger audit_no_update; update audit set body = replace(body, 'ann', 'eve') where seq = 2",
    );
    const cut = altered(
      "drop trigger audit_no_delete; delete from audit where seq = (select max(seq) from audit)",
    );
    const newer = altered("insert into kysely_migration values ('9999-later', '2030-01-01')");
    const keyless = altered("delete from meta where name = 'root_key'");
    const cases: [string[], RegExp, More?][] = [
      [[], /wants the file/],
      [["--froce", backup], /wants the file/],
      [[join(root, "missing")], /there is no file/],
      [[junk], /not a whole SQLite file/],
      [[foreign], /not a store of Tokendesk/],
      [[keyless], /not a store of Tokendesk/],
      [[half], /write-ahead log/],
      [[tampered], /entry 2 does not fit/],
      [[cut], /does not verify/],
      [[newer], /of another version/],
      [[backup], /TOKENDESK_SECRET is not the one/, { env: { TOKENDESK_SECRET: newSecret() } }],
      [
        [backup],
        /TOKENDESK_SECRET is not set, and .*secret is missing/,
        { env: { TOKENDESK_SECRET: undefined } },
      ],
      [[backup], /pg_restore/, { env: { DATABASE_URL: "postgres://nobody@127.0.0.1:1/x" } }],
    ];
    for (const [args, reason, more] of cases) {
      const { code, output } = await restore(args, more);
      expect([code, output]).toEqual([1, expect.stringMatching(reason)]);
      expect(output.trim().split("\n")).toHaveLength(1);
      if (existsSync(folder)) expect(readdirSync(folder).filter((name) => name !== "desk.lock")).toEqual([]);
    }
  }, 180_000);

  test("the desk has to be stopped", async () => {
    const release = lockFolder(folder, () => {});
    const { code, output } = await restore([backup]);
    expect([code, output]).toEqual([
      1,
      expect.stringContaining("another Tokendesk works on this data folder"),
    ]);
    release();
  }, 60_000);

  test("killed at every step, the folder has the one store or the other, whole", async () => {
    const own = await openDesk({ ...t.env, dataDir: folder });
    await own.db.insertInto("meta").values({ name: "mark", value: "old" }).execute();
    await closeDesk(own);
    let killed = 0;
    for (let step = 1; ; step += 1) {
      const { code } = await restore([backup, "--force"], { dieAtStep: step });
      if (code === 0) break;
      expect(code).toBe(null);
      killed += 1;
      expect([[], ["In the backup"]]).toContainEqual((await look()).labelled);
    }
    expect(killed).toBeGreaterThan(10);
    expect((await look()).labelled).toEqual(["In the backup"]);
  }, 300_000);
});
