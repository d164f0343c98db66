import { describe, expect, it } from "vitest";
import {
  keepKnown,
  nothingSelected,
  toggleOne,
  toggleRange,
  toggleShown,
} from "@/lib/browser/token-table/selection";

const shown = ["a", "b", "c", "d", "e"];
const ids = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].sort().join("");

describe("selection", () => {
  it("takes a range from the last one touched, in both directions", () => {
    const first = toggleOne(nothingSelected, "b");
    expect(ids(toggleRange(first, "d", shown))).toBe("bcd");
    expect(ids(toggleRange(toggleOne(nothingSelected, "d"), "b", shown))).toBe("bcd");
    expect(ids(toggleRange(nothingSelected, "c", shown))).toBe("c");
  });

  it("unticks a range when the end of it was ticked", () => {
    const all = toggleShown(nothingSelected, shown);
    expect(ids(toggleRange(toggleOne(all, "b"), "d", shown))).toBe("ae");
  });

  it("falls back to one when the anchor is hidden by a filter", () => {
    expect(ids(toggleRange(toggleOne(nothingSelected, "z"), "c", shown))).toBe("cz");
  });

  it("ticks all shown and keeps what a filter hides", () => {
    const hidden = toggleOne(nothingSelected, "z");
    expect(ids(toggleShown(hidden, shown))).toBe("abcdez");
    expect(ids(toggleShown(toggleShown(hidden, shown), shown))).toBe("z");
  });

  it("forgets what is gone", () => {
    const two = toggleOne(toggleOne(nothingSelected, "a"), "b");
    expect(ids(keepKnown(two, new Set(["b"])))).toBe("b");
    expect(keepKnown(two, new Set(["a", "b", "c"]))).toBe(two);
  });
});
