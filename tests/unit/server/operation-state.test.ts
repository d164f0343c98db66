import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { revokeDelayMs, stateOf } from "@/lib/server/services/operations/state";
import type { OperationState } from "@/lib/server/store/schema";

const states: OperationState[] = ["pending", "sending", "checking", "done", "recovered", "failed"];

describe("an operation's state", () => {
  test.each<[OperationState[], OperationState]>([
    [["done", "done"], "done"],
    [["done", "recovered"], "recovered"],
    [["done", "failed", "recovered"], "failed"],
    [["failed", "checking", "done"], "checking"],
    [["checking", "sending"], "sending"],
    [["sending", "pending", "failed"], "pending"],
    [[], "done"],
  ])("of %j is %s", (items, state) => {
    expect(stateOf(items.map((one) => ({ state: one })))).toBe(state);
  });

  test("is over only when every item is", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...states), { minLength: 1 }), (items) => {
        const isOpen = items.some((state) => ["pending", "sending", "checking"].includes(state));
        const state = stateOf(items.map((one) => ({ state: one })));
        expect(["pending", "sending", "checking"].includes(state)).toBe(isOpen);
        expect(items).toContain(state);
      }),
    );
  });
});

test("a revocation is tried after 1, 2, 5, 10, 20, 30 s, ten times each minute, then each five minutes, for ever", () => {
  const waits = Array.from({ length: 20 }, (_, i) => revokeDelayMs(i + 1) / 1000);
  expect(waits).toEqual([1, 2, 5, 10, 20, 30, ...Array(10).fill(60), ...Array(4).fill(300)]);
  expect(revokeDelayMs(1_000_000)).toBe(300_000);
});
