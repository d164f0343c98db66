import { performance } from "node:perf_hooks";
import { CompiledQuery, type Dialect, Kysely, SqliteDialect } from "kysely";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { log } from "@/lib/server/log";
import { forget } from "@/lib/server/runtime";
import { watchFull } from "@/lib/server/store/full";

/** A store that fails with this code for as long as there is one; else each statement writes a row. */
function storeOf() {
  const engine: { code?: string } = {};
  const database = {
    close: () => {},
    prepare: () => ({
      reader: false,
      all: () => [],
      run: () => {
        if (engine.code) throw Object.assign(new Error("no"), { code: engine.code });
        return { changes: 1, lastInsertRowid: 1 };
      },
      iterate: () => [][Symbol.iterator](),
    }),
  };
  const dialect: Dialect = new SqliteDialect({ database });
  const db = new Kysely<Record<string, never>>({ dialect: watchFull(dialect) });
  const write = () => db.executeQuery(CompiledQuery.raw("insert"));
  return { engine, db, write };
}

const codeOf = (task: Promise<unknown>) =>
  task.then(
    () => "ok",
    (error: { code: string }) => error.code,
  );

let told: string[];
let now: number;
beforeEach(() => {
  forget("store.full");
  now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  told = [];
  for (const level of ["error", "info"] as const)
    vi.spyOn(log(), level).mockImplementation((_about: unknown, message?: string) => {
      told.push(message ?? "");
    });
});
afterEach(() => {
  vi.restoreAllMocks();
  forget("store.full");
});

it.each([
  "SQLITE_FULL",
  "SQLITE_READONLY",
  "SQLITE_READONLY_DBMOVED",
  "SQLITE_IOERR_WRITE",
  "SQLITE_IOERR_FSYNC",
  "SQLITE_IOERR_SHMSIZE",
  "53100",
  "25006",
  "ENOSPC",
  "EROFS",
  "EDQUOT",
])("%s is a store that takes no writes, in a transaction as outside of one", async (code) => {
  const { engine, db, write } = storeOf();
  engine.code = code;
  expect(await codeOf(write())).toBe("store_full");
  expect(await codeOf(db.transaction().execute(() => write()))).toBe("store_full");
});

// What is away, locked or broken is helped by no room; and what is wrong with a statement is a bug of ours.
it.each([
  "SQLITE_BUSY",
  "SQLITE_IOERR_READ",
  "SQLITE_CORRUPT",
  "SQLITE_CONSTRAINT_TRIGGER",
  "53200",
  "57P01",
])("%s is something else", async (code) => {
  const { engine, write } = storeOf();
  engine.code = code;
  expect(await codeOf(write())).toBe(code);
});

it("is told once when it begins and once when it is over, however many meet it", async () => {
  const { engine, write } = storeOf();
  engine.code = "SQLITE_FULL";
  for (let tries = 0; tries < 50; tries += 1) await codeOf(write());
  expect(told).toEqual(["the store takes no writes"]);
  engine.code = undefined;
  // A small write between two that fail is not yet the end.
  await write();
  expect(told).toHaveLength(1);
  now += 3_000;
  await write();
  await write();
  expect(told).toEqual(["the store takes no writes", "the store takes writes again"]);
});

it("that comes and goes is told once a minute at most", async () => {
  const { engine, write } = storeOf();
  for (let second = 0; second < 60; second += 6) {
    engine.code = "25006";
    await codeOf(write());
    engine.code = undefined;
    now += 3_000;
    await write();
    now += 2_900;
  }
  expect(told).toHaveLength(2);
  now += 10_000;
  engine.code = "25006";
  await codeOf(write());
  expect(told).toHaveLength(3);
});
