import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signInInput, stepUpInput } from "@/lib/contracts/sessions";
import { instant, label, notes, plainText, tags } from "@/lib/contracts/text";
import { mintInput, patchTokenInput, revokeInput, tokenId } from "@/lib/contracts/tokens";
import { attemptedName } from "@/lib/server/services/sessions/prove-allowed";

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe("text that people type", () => {
  test.each([
    "a\0b",
    "a\u001b[31m",
    "a\u007f",
    "a\u0085b",
    "a\ud800",
    "\udc00a",
    "line\nbreak",
    "a\rb",
    "a\tb",
  ])("refuses what forges lines and breaks stores: %j", (text) => {
    expect(accepts(label, text)).toBe(false);
  });

  test.each(["CRM", "ünïcödé", "\u{1f511}\u{1f511}", "عربي", "<b>&amp;", "=1+1", "'; drop", "a b"])(
    "takes everything else as data: %j",
    (text) => {
      expect(label.parse(text)).toBe(text);
    },
  );

  test("stores names as NFC with single spaces, and wants something left", () => {
    expect(label.parse("  CRM ")).toBe("CRM");
    expect(label.parse("Zoe\u0308\u00a0 \u3000key")).toBe("Zo\u00eb key");
    for (const text of ["", "   ", "\u00a0"]) expect(accepts(label, text)).toBe(false);
    expect(accepts(label, "x".repeat(120))).toBe(true);
    expect(accepts(label, "x".repeat(121))).toBe(false);
  });

  test("lets notes have lines, and nothing else that controls", () => {
    expect(notes.parse("\n\n one\ttwo \r\n\r\n three\r")).toBe("one two\n\nthree");
    expect(accepts(notes, "one\u000btwo")).toBe(false);
    expect(accepts(notes, "x".repeat(2_001))).toBe(false);
  });

  test("whatever it accepts is tidy, within its length, and has something to see and nothing hidden", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        const parsed = plainText({ max: 40 }).safeParse(text);
        if (!parsed.success) return;
        const { data } = parsed;
        expect(
          data.length <= 40 && data.isWellFormed() && !/[\p{Cc}\p{Bidi_C}\u2028\u2029]/u.test(data),
        ).toBe(true);
        expect(data === "" || /[\p{L}\p{N}\p{P}\p{S}]/u.test(data)).toBe(true);
        expect(plainText({ max: 40 }).parse(data)).toBe(data);
      }),
      { numRuns: 2_000 },
    );
  });

  test("measures what it would store, and says how long that is", () => {
    const said = (text: string) => label.safeParse(text).error?.issues[0]?.message;
    expect(said(` ${"e\u0301".repeat(120)} `)).toBeUndefined();
    expect(said("x".repeat(131))).toBe("At most 120 characters: this has 131");
  });

  test("names minted at once have room for their numbers, or nothing is minted and it says so", () => {
    const mint = (length: number, count: number) =>
      mintInput.safeParse({ connectionId: "c", label: "x".repeat(length), count }).error?.issues;
    expect(mint(120, 1)).toBeUndefined();
    expect(mint(121, 20)).toMatchObject([{ message: "At most 120 characters: this has 121" }]);
    expect(mint(118, 9)).toBeUndefined();
    expect(mint(118, 10)).toMatchObject([
      { path: ["label"], message: "At most 117 characters, so that the numbers fit: this has 118" },
    ]);
  });

  test("tags: at most twenty, of at most forty characters, each once", () => {
    expect(tags.parse(["EU", " EU ", "b"])).toEqual(["EU", "b"]);
    // What the fold does not tell apart may be two words all the same: none is lost.
    expect(tags.parse(["schon", "schön", "EU", "eu"])).toEqual(["schon", "schön", "EU", "eu"]);
    expect(
      accepts(
        tags,
        Array.from({ length: 21 }, (_, i) => `t${i}`),
      ),
    ).toBe(false);
    expect(accepts(tags, ["x".repeat(41)])).toBe(false);
    expect(accepts(tags, [""])).toBe(false);
    expect(accepts(tags, "a,b")).toBe(false);
  });
});

describe("times", () => {
  test.each(["2026-11-23T12:00:00Z", "2026-11-23T12:00:00.123+02:00"])("%s is one", (text) => {
    expect(accepts(instant, text)).toBe(true);
  });
  test.each([
    "2026-11-23",
    "2026-11-23T12:00:00",
    "now",
    "9999-12-31T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    0,
  ])("%s is none", (text) => {
    expect(accepts(instant, text)).toBe(false);
  });
});

describe("input", () => {
  test("with a key that nobody knows is refused", () => {
    expect(accepts(mintInput, { connectionId: "c", label: "x", owner: "me" })).toBe(false);
    expect(accepts(patchTokenInput, { label: "x", status: "active" })).toBe(false);
    expect(accepts(patchTokenInput, JSON.parse('{"label":"x","__proto__":{"protected":true}}'))).toBe(false);
    expect(accepts(revokeInput, { reason: "unused", force: true })).toBe(false);
    expect(accepts(signInInput, { portal: "p", username: "u", password: "p", apiToken: "t" })).toBe(false);
    expect(accepts(stepUpInput, { connectionId: "c", password: "p", username: "somebody" })).toBe(false);
  });

  test("of the wrong type is refused, and not made to fit", () => {
    for (const count of [0, 21, 1.5, "3", null, true, Number.NaN])
      expect(accepts(mintInput, { connectionId: "c", label: "x", count })).toBe(false);
    expect(mintInput.parse({ connectionId: "c", label: "x" }).count).toBe(1);
    expect(accepts(patchTokenInput, { protected: "yes" })).toBe(false);
    expect(accepts(patchTokenInput, {})).toBe(false);
    expect(accepts(patchTokenInput, { was: null })).toBe(false);
    expect(accepts(patchTokenInput, { label: "x", was: "older \u200b" })).toBe(true);
    expect(accepts(revokeInput, { reason: "because" })).toBe(false);
  });

  test("passwords are taken as typed, spaces and all", () => {
    const password = "  pä$$ w&=%00 ";
    expect(signInInput.parse({ portal: "p", username: "u", password })).toMatchObject({ password });
    expect(accepts(signInInput, { portal: "p", username: "u", password: "" })).toBe(false);
    expect(accepts(signInInput, { portal: "p", username: "u", password: "x".repeat(1_025) })).toBe(false);
  });

  test("a token's id has one form", () => {
    expect(accepts(tokenId, `tok_${"a".repeat(26)}`)).toBe(true);
    for (const id of [
      `tok_${"a".repeat(25)}`,
      `tok_${"A".repeat(26)}`,
      `tok_${"1".repeat(26)}`,
      `x tok_${"a".repeat(26)}`,
      `tok_${"a".repeat(26)}\n`,
    ])
      expect(accepts(tokenId, id)).toBe(false);
  });
});

describe("the name of a failed sign-in", () => {
  const kept = (username: string) => attemptedName({ portal: "p", username, password: "x" });
  test("is kept where it is an address, and nothing else that people may have typed", () => {
    expect(kept("ann.o'neil+desk@demo.example")).toBe("ann.o'neil+desk@demo.example");
    for (const text of [
      "Sommer2026!",
      "p@ssw0rd",
      "a@b",
      "two words@x.example",
      "a@b.example\n",
      "a\0@b.example",
      "a@b..c",
      "@x.example",
      "<i>@x.example",
    ])
      expect(kept(text)).toBe("(not an e-mail address)");
    expect(attemptedName({ portal: "p", apiToken: "aws80:secret" })).toBe("(API token)");
  });

  test("holds nothing that breaks a line or a store, whatever is typed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        expect(kept(`${text}@demo.example`)).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });
});
