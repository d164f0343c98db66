import { describe, expect, test } from "vitest";
import { isolate } from "@/lib/shared/isolate";

describe("what people wrote, in a sentence of ours", () => {
  // An accessible name, a title or a search by text is what it always was.
  test.each(["billing-export", "crm@example.com", "Zoë", "請求書", "결제", "Счёт №5", "🔑", "a (b) 1–2", ""])(
    "stays as it is where it turns nothing around: %s",
    (text) => expect(isolate(text)).toBe(text),
  );

  test.each([
    ["Hebrew", "חיוב 2026"],
    ["Arabic", "فواتير"],
    ["its digits alone", "٢٠٢٦"],
    ["its presentation forms", "\ufefb"],
    ["Syriac", "ܐܒ"],
    ["Thaana", "ދިވެހި"],
    ["N’Ko", "ߒߞߏ"],
    ["Adlam, beyond the first plane", "𞤀𞤣𞤤𞤢𞤥"],
    ["one letter among others", "billing א export"],
  ])("is set apart from what stands beside it: %s", (_, text) => {
    expect(isolate(text)).toBe(`\u2068${text}\u2069`);
  });

  test.each(["\u202egnp.exe", "\u2069 is revoked\u2066", "a\u200fb", "\u061c1", "חיוב\u2069\u202c"])(
    "has nothing left in it that would end that, or turn anything else around: %j",
    (text) => {
      const set = isolate(text);
      expect(set).toMatch(/^\u2068[^\p{Bidi_Control}]*\u2069$/u);
      expect(set.slice(1, -1)).toBe(text.replace(/\p{Bidi_Control}/gu, ""));
    },
  );
});
