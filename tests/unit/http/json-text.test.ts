import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonText } from "@/lib/server/http/json-text";

test("is what JSON.stringify writes, for whatever JSON can hold", () => {
  // Minus zero and the odd key that JavaScript objects reorder are the same in both.
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(jsonText(value)).toBe(JSON.stringify(value));
    }),
  );
});

test("leaves out what is not there, as JSON does", () => {
  const value = { a: undefined, b: [undefined, null], c: { d: undefined } };
  expect(jsonText(value)).toBe(JSON.stringify(value));
});

test("of a frozen item the same text serves every time", () => {
  const item = Object.freeze({ id: "x", tags: Object.freeze(["a"]) });
  for (let round = 0; round < 2; round += 1)
    expect(jsonText({ items: [item] })).toBe(JSON.stringify({ items: [item] }));
});
