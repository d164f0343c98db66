import pino from "pino";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { outputOf } from "@/lib/server/http/output";

const log = pino({ level: "silent" });
const item = z.strictObject({ id: z.string(), note: z.string().optional() });
const list = z.strictObject({ items: z.array(item), cursor: z.string().optional() });
const written = async (schema: z.ZodType, value: unknown) =>
  JSON.parse((await outputOf(schema, value, log, "req")).toString());

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
    const narrower = z.strictObject({ items: z.array(z.strictObject({ id: z.literal("b") })) });
    await expect(outputOf(narrower, { items: [frozen] }, log, "req")).rejects.toMatchObject({
      code: "internal",
    });
  });
});
