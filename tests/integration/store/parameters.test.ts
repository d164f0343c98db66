import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { among } from "@/lib/server/store/engine";
import { migrate, openStore } from "@/lib/server/store/open";
import type { Db, SignInFailureTable } from "@/lib/server/store/schema";
import { engines } from "../../support/desk";
import { createDatabase } from "../../support/postgres";

/*
 * libsql ends the whole process on a boolean and takes NaN and undefined for NULL; pg turns objects into JSON and
 * refuses NUL half-way. None of that may be reached: what goes in comes out, the same on both, or is refused before.
 */
describe.each(engines)("parameters on %s", (engine) => {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-store-"));
  let db: Db;
  beforeAll(async () => {
    const databaseUrl = engine === "postgres" ? await createDatabase(inject("postgresUrl")) : undefined;
    db = openStore({ dataDir: folder, databaseUrl });
    await migrate(db);
  });
  afterAll(async () => {
    await db?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const keep = (value: unknown, name = randomBytes(8).toString("hex")) =>
    db
      .insertInto("meta")
      .values({ name, value: value as string })
      .execute()
      .then(() => db.selectFrom("meta").select("value").where("name", "=", name).executeTakeFirstOrThrow())
      .then((row) => row.value);
  const keepNumber = async (updated_at: unknown) => {
    const key = randomBytes(8).toString("hex");
    await db
      .insertInto("sign_in_failures")
      .values({ key, failures: 0, blocked_until: 0, updated_at } as SignInFailureTable)
      .execute();
    const row = await db
      .selectFrom("sign_in_failures")
      .selectAll()
      .where("key", "=", key)
      .executeTakeFirstOrThrow();
    return row.updated_at;
  };

  test.each([
    "",
    "plain",
    "'; drop table meta; --",
    "ünï \u{1f511}",
    "line\nbreak\ttab",
    "\u202e",
    "%_\\",
    "\ufffd",
  ])("text comes out as it went in: %j", async (text) => {
    expect(await keep(text)).toBe(text);
  });

  test.each([0, -1, 1_763_000_000_000, Number.MAX_SAFE_INTEGER])("whole numbers do: %d", async (number) => {
    expect(await keepNumber(number)).toBe(number);
  });

  test("counts come as numbers", async () => {
    const { n } = await db
      .selectFrom("meta")
      .select((e) => e.fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    expect(n).toBeTypeOf("number");
  });

  test("flags become 0 and 1", async () => {
    expect(await keepNumber(true)).toBe(1);
    expect(await keepNumber(false)).toBe(0);
  });

  test.each([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["a date", new Date()],
    ["an object", { a: 1 }],
    ["a symbol", Symbol("s")],
    ["text with NUL", "a\0b"],
  ])("refused before a driver sees it: %s", async (_, value) => {
    await expect(keep(value)).rejects.toThrow(TypeError);
    await expect(sql`select ${value}`.execute(db)).rejects.toThrow(TypeError);
    await expect(
      db
        .selectFrom("meta")
        .selectAll()
        .where("value", "=", value as string)
        .execute(),
    ).rejects.toThrow(TypeError);
    await expect(
      db
        .updateTable("meta")
        .set({ value: value as string })
        .execute(),
    ).rejects.toThrow(TypeError);
    await expect(
      db
        .selectFrom("meta")
        .selectAll()
        .where("name", "in", ["a", value as string])
        .execute(),
    ).rejects.toThrow(TypeError);
  });

  test("undefined in a condition is refused: it would find what has nothing there", async () => {
    const nothing = undefined as unknown as string;
    await expect(db.selectFrom("meta").selectAll().where("value", "=", nothing).execute()).rejects.toThrow(
      TypeError,
    );
    await expect(db.deleteFrom("meta").where("name", "=", nothing).execute()).rejects.toThrow(TypeError);
    await expect(sql`select ${nothing}`.execute(db)).rejects.toThrow(TypeError);
    await expect(db.selectFrom("meta").selectAll().where("name", "in", [nothing]).execute()).rejects.toThrow(
      TypeError,
    );
  });

  test("a refused statement leaves the connection usable, and its transaction undone", async () => {
    const undone = db.transaction().execute(async (tx) => {
      await tx.insertInto("meta").values({ name: "undone", value: "x" }).execute();
      await tx
        .insertInto("meta")
        .values({ name: "bad", value: Number.NaN as unknown as string })
        .execute();
    });
    await expect(undone).rejects.toThrow(TypeError);
    expect(await db.selectFrom("meta").selectAll().where("name", "=", "undone").execute()).toEqual([]);
  });

  test("a list of texts is one, whatever is in it and however long it is", async () => {
    const names = [
      "plain",
      '"quoted", and more',
      "back\\slash",
      "ümläut 漢 😀",
      "half \ud83d",
      "a'b",
      '["x"]',
    ];
    for (const name of names) await keep("kept", name);
    const found = async (list: string[]) => {
      const rows = await db.selectFrom("meta").select("name").where("name", "in", among(db, list)).execute();
      return rows.map(({ name }) => name.toWellFormed()).sort();
    };
    const many = Array.from({ length: 40_000 }, (_, n) => `none ${n}`);
    expect(await found([...names, ...many])).toEqual(names.map((name) => name.toWellFormed()).sort());
    expect(await found([])).toEqual([]);
    await expect(found(["N\0L"])).rejects.toThrow("NUL");
  });
});
