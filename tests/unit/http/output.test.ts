import { setImmediate, setTimeout } from "node:timers/promises";
import pino from "pino";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { outputOf } from "@/lib/server/http/output";
import { download, jsonParts } from "@/lib/server/http/respond";

const log = pino({ level: "silent" });
const item = z.strictObject({ id: z.string(), note: z.string().optional() });
const list = z.strictObject({ items: z.array(item), cursor: z.string().optional() });
const written = async (schema: z.ZodType, value: unknown) =>
  JSON.parse(Buffer.concat(await outputOf(schema, value, log, "req")).toString());

describe("an answer", () => {
  test.each([0, 1, 199, 200, 201, 1_000])("with a list of %i is what JSON makes of it", async (count) => {
    const items = Array.from({ length: count }, (_, at) => ({ id: `${at}"ü\u2028`, note: undefined }));
    expect(await written(list, { items, cursor: "c" })).toEqual(
      JSON.parse(JSON.stringify({ items, cursor: "c" })),
    );
    expect(await written(list, { items })).toEqual(JSON.parse(JSON.stringify({ items })));
  });

  test("of another shape is, too", async () => {
    expect(await written(item, { id: "a" })).toEqual({ id: "a" });
    expect(await written(z.array(z.int()), [1, 2])).toEqual([1, 2]);
    expect(await written(z.null(), null)).toBeNull();
  });

  test("is written in parts of so many characters, however long one item is", async () => {
    const items = Array.from({ length: 100 }, (_, at) => ({ id: `${at}`, note: "é".repeat(10_000) }));
    const parts = await outputOf(list, { items }, log, "req");
    expect(parts.length).toBeGreaterThan(20);
    for (const part of parts) expect(part.toString().length).toBeLessThan(50_000);
    expect(JSON.parse(Buffer.concat(parts).toString())).toEqual({ items });
  });

  test("is sent part by part where it is long, and others have their turn between two", async () => {
    const parts = Array.from({ length: 50 }, (_, at) => Buffer.alloc(32_000, `${at},`));
    const written = Buffer.concat(parts).toString();
    let turns = 0;
    let over = false;
    const others = (async () => {
      for (; !over; turns += 1) await setImmediate();
    })();
    expect(await jsonParts(parts, 200).text()).toBe(written);
    over = true;
    await others;
    expect(turns).toBeGreaterThanOrEqual(50);
    // What was sent is let go.
    expect(parts).toEqual([]);
  });

  // A column that somebody adds to a row does not get out by itself, in a kept item neither.
  test("that does not fit its schema is none", async () => {
    const secret = Object.freeze({ id: "a", sealed: "v1.x" });
    for (const value of [
      { items: [{ id: 1 }] },
      { items: [secret] },
      { items: [], more: 1 },
      { items: 1 },
      null,
    ])
      await expect(outputOf(list, value, log, "req")).rejects.toMatchObject({ code: "internal" });
  });

  test("has a frozen item checked and written once, by each schema for itself", async () => {
    const frozen = Object.freeze({ id: "a" });
    const parse = vi.spyOn(item, "safeParse");
    await written(list, { items: [frozen] });
    await written(list, { items: [frozen, { id: "b" }] });
    const checks = parse.mock.calls.map(([what]) => what);
    expect(checks).toEqual([frozen, { id: "b" }]);
    // What is long is not held twice.
    const long = Object.freeze({ id: "c", note: "x".repeat(5_000) });
    await written(list, { items: [long] });
    await written(list, { items: [long] });
    expect(parse.mock.calls.filter(([what]) => what === long)).toHaveLength(2);
    const narrower = z.strictObject({ items: z.array(z.strictObject({ id: z.literal("b") })) });
    await expect(outputOf(narrower, { items: [frozen] }, log, "req")).rejects.toMatchObject({
      code: "internal",
    });
  });
});

describe("a download", () => {
  test.each([
    ["that nobody wants any more is no error", true, 0],
    ["whose source fails is one", false, 1],
  ])("%s", async (_what, isUnwanted, errors) => {
    const error = vi.spyOn(log, "error").mockClear();
    let give = () => {};
    const turn = new Promise<void>((done) => {
      give = done;
    });
    async function* lines() {
      yield "first\n";
      await turn;
      if (!isUnwanted) throw new Error("hunter2-canary");
      yield "second\n".repeat(10_000);
    }
    const { body } = download({ contentType: "text/csv", fileName: "x.csv", lines: lines() }, log, "req");
    const reader = body?.getReader();
    const reading = reader?.read().catch(() => {});
    await setTimeout(10);
    const cancelled = isUnwanted && reader?.cancel();
    give();
    await Promise.all([reading, cancelled]);
    await setTimeout(10);
    expect(error).toHaveBeenCalledTimes(errors);
    expect(JSON.stringify(error.mock.calls)).not.toContain("hunter2-canary");
  });
});
