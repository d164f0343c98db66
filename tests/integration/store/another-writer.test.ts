import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readMeta, writeMeta } from "@/lib/server/store/meta";
import { migrate, openStore } from "@/lib/server/store/open";
import type { Db } from "@/lib/server/store/schema";

/*
 * Another program that writes into the desk's SQLite file, somebody's database browser say. It costs the desk what it
 * keeps waiting, and no more.
 */

let folder: string;
let db: Db;
let other: Database.Database;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tokendesk-writer-"));
  db = openStore({ dataDir: folder });
  await migrate(db);
  other = new Database(join(folder, "tokendesk.db"), { timeout: 0 });
});
afterEach(async () => {
  other.close();
  await db.destroy();
  rmSync(folder, { recursive: true, force: true });
});

const inOneTransaction = () =>
  db.transaction().execute(async (tx) => {
    await readMeta(tx, "said");
    await writeMeta(tx, "said", "in a transaction");
  });

// SQLite leaves a statement that could not have the lock in progress, and commits nothing while one is.
test.each<[string, () => Promise<unknown>]>([
  ["a statement", () => writeMeta(db, "said", "alone")],
  [
    "one that returns something",
    () =>
      db
        .updateTable("meta")
        .set({ value: "changed" })
        .where("name", "=", "said")
        .returning("value")
        .execute(),
  ],
  ["a transaction", inOneTransaction],
])("%s that could not have the lock in time fails alone", async (_what, write) => {
  await writeMeta(db, "said", "before");
  await sql`pragma busy_timeout = 20`.execute(db);
  other.exec("begin immediate");
  await expect(write()).rejects.toMatchObject({ code: "SQLITE_BUSY" });
  expect(await readMeta(db, "said")).toBe("before");
  other.exec("rollback");
  await db.transaction().execute((tx) => tx.deleteFrom("sign_in_failures").execute());
  other.exec("begin immediate; rollback");
  await write();
  expect(await readMeta(db, "said")).not.toBe("before");
});

// What was read would be old, and SQLite refuses to write upon it.
test("nobody else writes between what a transaction reads and what it writes", async () => {
  await db.transaction().execute(async (tx) => {
    await readMeta(tx, "said");
    expect(() => other.exec("update meta set value = 'theirs'")).toThrow("locked");
    await writeMeta(tx, "said", "ours");
  });
  other.exec("update meta set value = 'theirs' where name = 'said'");
  expect(await readMeta(db, "said")).toBe("theirs");
});
