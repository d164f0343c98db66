import { expect, test } from "vitest";
import { isComposing } from "@/lib/shared/composing";

const key = { type: "keydown", isComposing: false, keyCode: 13 };

test.each([
  ["a key in the middle of a composition", { ...key, isComposing: true }],
  ["the key that ends one, as Safari tells it", { ...key, keyCode: 229 }],
  ["a key that only its code tells", { type: "keydown", keyCode: 229 }],
])("%s belongs to the composition, as the browser tells it and as React does", (_, event) => {
  expect(isComposing(event)).toBe(true);
  expect(isComposing({ nativeEvent: event })).toBe(true);
});

test.each([
  ["a key of its own", key],
  ["a press of the pointer", { type: "pointerdown" }],
])("%s does not", (_, event) => {
  expect(isComposing(event)).toBe(false);
  expect(isComposing({ nativeEvent: event })).toBe(false);
});
