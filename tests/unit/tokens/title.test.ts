import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { tokenTitle } from "@/lib/shared/token-title";

const hint = "aws80:1f0c…9a2e";

describe("tokenTitle", () => {
  it("is the name, and the hint where there is none", () => {
    expect(tokenTitle({ label: "billing-export", hint })).toBe("billing-export");
    expect(tokenTitle({ label: null, hint })).toBe(hint);
  });

  it("leaves the rest of a tab's title where it is", () => {
    expect(tokenTitle({ label: "חיוב 2026", hint })).toBe("\u2068חיוב 2026\u2069");
  });

  it("is the hint where the name has a token in it", () => {
    // Titles go into the browser's history, and over to its maker's servers where that is synchronised.
    const value = randomUUID();
    for (const label of [value, `aws80:${value}`, `for ${value}!`, value.slice(0, 20)])
      expect(tokenTitle({ label, hint })).toBe(hint);
  });
});
