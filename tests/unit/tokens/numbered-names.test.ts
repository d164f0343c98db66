import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelTokensInput } from "@/lib/contracts/label-tokens";
import { nameKey } from "@/lib/shared/fold";
import {
  firstFree,
  namesByPattern,
  numberedNames,
  numbersFault,
  numbersInUse,
  patternFault,
} from "@/lib/shared/numbered-names";
import { longest, textFault, tidyText } from "@/lib/shared/visible-text";

describe("numbered names", () => {
  it("carry a number each, unless there is one", () => {
    expect(numberedNames("crm", 1)).toEqual(["crm"]);
    expect(numberedNames("crm", 3)).toEqual(["crm 1", "crm 2", "crm 3"]);
    expect(numberedNames("crm", 12)[0]).toBe("crm 01");
    expect(numberedNames("crm", 12)[11]).toBe("crm 12");
  });

  it("are never cut: a label without room for its numbers has a fault instead", () => {
    expect(numberedNames("x".repeat(120), 2)[1]).toBe(`${"x".repeat(120)} 2`);
    expect(numbersFault("x".repeat(118), 9)).toBeUndefined();
    expect(numbersFault("x".repeat(118), 10)).toContain("At most 117");
    expect(numbersFault("x".repeat(120), 1)).toBeUndefined();
  });
});

const byKey = (names: string[]) => new Map(names.map((name) => [nameKey(name), name]));

describe("names by a pattern", () => {
  it("have their numbers at the end, or where the pattern wants them", () => {
    expect(namesByPattern({ pattern: "legacy", from: 1 }, 2)).toEqual(["legacy 1", "legacy 2"]);
    expect(namesByPattern({ pattern: "legacy-{n} (eu)", from: 9 }, 2)).toEqual([
      "legacy-09 (eu)",
      "legacy-10 (eu)",
    ]);
    expect(namesByPattern({ pattern: "{N}: $& {n}", from: 0 }, 2)).toEqual(["0: $& 0", "1: $& 1"]);
  });

  it("leave one alone without a number, unless the pattern wants one", () => {
    expect(namesByPattern({ pattern: "legacy", from: 7 }, 1)).toEqual(["legacy"]);
    expect(namesByPattern({ pattern: "legacy {n}", from: 7 }, 1)).toEqual(["legacy 7"]);
  });

  it("say so where there is no room for the numbers", () => {
    const x = (length: number) => "x".repeat(length);
    expect(patternFault({ pattern: x(118), from: 1 }, 9)).toBeUndefined();
    expect(patternFault({ pattern: x(118), from: 2 }, 9)).toBe(
      "At most 117 characters, so that the numbers fit: this has 118",
    );
    // The place is as long as a number of three digits.
    expect(patternFault({ pattern: `${x(117)}{n}`, from: 990 }, 10)).toBeUndefined();
    expect(patternFault({ pattern: `${x(117)}{n}`, from: 991 }, 10)).toContain("At most 119 characters");
    expect(patternFault({ pattern: x(120), from: 1 }, 1)).toBeUndefined();
  });

  it("go on after those that are in use, whatever their case, width and padding", () => {
    const free = (pattern: string, count: number, names: string[]) =>
      firstFree(count, numbersInUse(pattern, byKey(names)));
    const inUse = [
      "legacy 01",
      "Legacy 2",
      "ＬＥＧＡＣＹ　３",
      "legacy 4 old",
      "legacy 20240101",
      "legacy x",
    ];
    expect(free("legacy", 12, inUse)).toBe(4);
    expect(free("legacy {n}", 12, inUse)).toBe(4);
    expect(free("other", 12, inUse)).toBe(1);
    expect(free("{n} (old)", 2, ["1 (old)", "4 (old)"])).toBe(2);
    expect(free("{n} (old)", 3, ["1 (old)", "4 (old)"])).toBe(5);
    // What is a sign of a regular expression is a letter here.
    expect(free("a.b", 2, ["a.b 1", "axb 2"])).toBe(2);
  });

  it("are taken by the desk only where each of them could be typed", () => {
    const ids = Array.from({ length: 12 }, (_, index) => `tok_${"a".repeat(24)}b${"abcdefghijkl"[index]}`);
    const pathsOf = (names: unknown) =>
      labelTokensInput.safeParse({ ids, names }).error?.issues.map(({ path }) => path.join("."));
    expect(labelTokensInput.parse({ ids, names: { pattern: " Cafe\u0301  {n} " } }).names).toEqual({
      pattern: "Caf\u00e9 {n}",
      from: 1,
    });
    expect(pathsOf({ pattern: "qz\u200bc", from: 1 })).toEqual(["names.pattern"]);
    expect(pathsOf({ pattern: "", from: 1 })).toEqual(["names.pattern"]);
    expect(pathsOf({ pattern: "x".repeat(118), from: 1 })).toEqual(["names.pattern"]);
    for (const from of [-1, 1.5, 100_000, "1"])
      expect(pathsOf({ pattern: "x", from })).toEqual(["names.from"]);
  });

  const pattern = fc
    .tuple(fc.string({ unit: "grapheme", maxLength: 20 }), fc.constantFrom("", "{n}", " {n} x"))
    .map(([text, end]) => tidyText(text + end))
    .filter((text) => textFault(text, { max: longest.label, required: "a name" }) === undefined);
  const from = fc.nat({ max: 2_000 });
  const count = fc.integer({ min: 2, max: 300 });

  it("are each a name that could be typed, in the form in which it is kept, and no two are taken for one", () => {
    fc.assert(
      fc.property(pattern, from, count, (text, first, many) => {
        fc.pre(patternFault({ pattern: text, from: first }, many) === undefined);
        const names = namesByPattern({ pattern: text, from: first }, many);
        expect(new Set(names.map(nameKey)).size).toBe(many);
        for (const name of [names[0] ?? "", names.at(-1) ?? ""]) {
          expect(textFault(name, { max: longest.label })).toBeUndefined();
          expect(tidyText(name)).toBe(name);
        }
      }),
    );
  });

  it("are free from the number on that is found, however those in use were numbered", () => {
    fc.assert(
      fc.property(pattern, fc.array(fc.tuple(from, count), { maxLength: 4 }), count, (text, runs, many) => {
        const inUse = runs.flatMap(([first, some]) => namesByPattern({ pattern: text, from: first }, some));
        const keys = new Set(inUse.map(nameKey));
        const start = firstFree(many, numbersInUse(text, byKey(inUse)));
        const names = namesByPattern({ pattern: text, from: start }, many);
        expect(names.filter((name) => keys.has(nameKey(name)))).toEqual([]);
        if (inUse.length === 0) expect(start).toBe(1);
      }),
    );
  });
});
