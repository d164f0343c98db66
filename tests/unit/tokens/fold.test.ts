import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareFolded, distinct, fold, foldWithOrigins, nameKey } from "@/lib/shared/fold";

// Marks, kana, Thai, Hangul, joiners and white space meet more often than by chance.
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..."aIıİßẞςΣｶﾞが\u0301\u0323\u3099\u0e38\u093c\u200d\u00a0\u3000 \u00a8ﬃｱ한ำ\ufe0f"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
});

describe("the fold", () => {
  it.each([
    ["Straße", "STRASSE"],
    ["Straẞe", "strasse"],
    ["ΟΔΟΣ", "οδός"],
    ["İstanbul", "istanbul"],
    ["ISPARTA", "ısparta"],
    ["Café", "CAFE\u0301"],
    ["ＡＰＩ　１", "api 1"],
    ["ｶﾞｽ", "ガス"],
    ["ﬁn", "fin"],
    ["a \u00a0 b", "a b"],
    ["a\u200bb", "ab"],
    ["Москва", "МОСКВА"],
    ["مُحَمَّد", "محمد"],
    ["שָׁלוֹם", "שלום"],
    ["Đà Nẵng", "da nang"],
    ["Łódź", "lodz"],
    ["ёлка", "елка"],
  ])("takes %j and %j for one", (one, other) => {
    expect(fold(one)).toBe(fold(other));
  });

  it.each([
    ["が", "か"],
    ["ガス", "カス"],
    ["パン", "バン"],
    ["नी", "न"],
    ["กำ", "ก"],
    ["a1", "a2"],
    ["crm", "сrm"],
    ["мой", "мои"],
    ["їжак", "іжак"],
    ["p ≠ q", "p = q"],
    [
      "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
      "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
    ],
  ])("tells %j from %j", (one, other) => {
    expect(fold(one)).not.toBe(fold(other));
  });

  it("folds what is folded into itself", () => {
    fc.assert(
      fc.property(text, (typed) => {
        expect(fold(fold(typed))).toBe(fold(typed));
      }),
      { numRuns: 2_000 },
    );
  });

  it("knows of each unit where it came from", () => {
    fc.assert(
      fc.property(text, (typed) => {
        const { folded, starts, ends } = foldWithOrigins(typed);
        expect(folded).toBe(fold(typed));
        expect([starts.length, ends.length]).toEqual([folded.length, folded.length]);
        for (const [at, start] of starts.entries()) {
          expect(start).toBeLessThan(ends[at] ?? 0);
          if (at > 0) expect(start).toBeGreaterThanOrEqual(starts[at - 1] ?? 0);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("orders what it takes for one as one, and nothing else", () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [a, b] = [fold(one), fold(other)];
        expect(compareFolded(a, b) === 0).toBe(a === b);
        expect(Math.sign(compareFolded(a, b))).toBe(-Math.sign(compareFolded(b, a)) + 0);
      }),
    );
    expect(compareFolded("export 2", "export 10")).toBeLessThan(0);
  });

  it("keeps the first of what it takes for one, and never takes something for nothing", () => {
    expect(distinct(["EU", "eu", " Eu ", "us"])).toEqual(["EU", "us"]);
    expect(nameKey("\u00b4")).not.toBe(nameKey("\u00a8"));
  });
});
