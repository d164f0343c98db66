import { describe, expect, it } from "vitest";
import { isFound, markWords } from "@/lib/browser/token-table/search";
import { hintWords, matchesWords, searchWords } from "@/lib/shared/token-table/search";
import { makeToken } from "./make-token";

const found = (query: string, token = full) => matchesWords(token, searchWords(query));

const full = makeToken({
  label: "Billing export",
  purpose: "Nightly invoices",
  environment: "production",
  tags: ["finance", "eu"],
  notes: "ask Zoë before touching",
  integrationId: "INT-4711",
  owner: { portal: "sim", userName: "api-crm@example.com" },
  hint: "aws80:c235…c0a9",
});

describe("search", () => {
  it.each([
    "billing",
    "EXPORT billing",
    "invoices",
    "prod",
    "finance",
    "zoe",
    "int-4711",
    "api-crm",
    "c235",
    "c0a9",
    full.id,
    "",
    "  ",
  ])("finds it by %j", (query) => {
    expect(found(query)).toBe(true);
  });

  it("wants every word, and no word across two fields", () => {
    expect(found("billing staging")).toBe(false);
    expect(found("exportnightly")).toBe(false);
    expect(found("financeeu")).toBe(false);
  });

  it("does not take a digit for a part of a random value", () => {
    const numbered = makeToken({ label: "export 2", hint: "aws80:c235…c0a9" });
    const other = makeToken({ label: "export 8", hint: "aws80:2222…2222", id: `tok_${"2".repeat(26)}` });
    const words = searchWords("export 2");
    expect([numbered, other].map((token) => matchesWords(token, words))).toEqual([true, false]);
    expect(hintWords(searchWords("2 22 2222"))).toEqual(["2222"]);
  });

  it("finds what is written otherwise, in the page as in the API", () => {
    const token = makeToken({ label: "Café ガス Straße", tags: ["Ｅｕ"], createdBy: "zoë@demo.example" });
    for (const query of ["CAFE", "ｶﾞｽ", "strasse", "eu", "ZOE@", "cafe\u00a0\u3000eu"]) {
      expect(found(query, token), query).toBe(true);
      expect(isFound(token, searchWords(query)), query).toBe(true);
    }
    for (const query of ["カス", "caf\u00e9s"]) expect(isFound(token, searchWords(query)), query).toBe(false);
    expect(found("c235…c0a9")).toBe(true);
  });

  it("takes what looks like a pattern as it stands", () => {
    expect(found(".*")).toBe(false);
    expect(matchesWords(makeToken({ label: "a.*b(" }), searchWords(".*b("))).toBe(true);
  });
});

describe("marks", () => {
  const marked = (text: string, query: string) =>
    markWords(text, searchWords(query))
      .map(({ text: piece, marked: isMarked }) => (isMarked ? `[${piece}]` : piece))
      .join("");

  it("stand around what was found, in the original's own letters", () => {
    expect(marked("Billing export", "bill")).toBe("[Bill]ing export");
    expect(marked("Billing export", "ort ill")).toBe("B[ill]ing exp[ort]");
    expect(marked("abcabc", "bc")).toBe("a[bc]a[bc]");
    expect(marked("abcd", "abc bcd")).toBe("[abcd]");
    expect(marked("Billing", "zzz")).toBe("Billing");
    expect(marked("Billing", "")).toBe("Billing");
  });

  it("survive letters that change their length when folded", () => {
    expect(marked("Zoë's İstanbul", "istanbul")).toBe("Zoë's [İstanbul]");
    expect(marked("Zoe\u0308 x", "zoe")).toBe("[Zoe\u0308] x");
    expect(marked("🔑 key 🔑", "key")).toBe("🔑 [key] 🔑");
    expect(marked("مفتاح الفوترة", "الفوترة")).toBe("مفتاح [الفوترة]");
    expect(marked("ΟΔΟΣ οδός", "οδος")).toBe("[ΟΔΟΣ] [οδός]");
  });

  it("never lose or double a character", () => {
    for (const text of ["<b>Ünïcode</b>", "İİİ", "a\u0308\u0301b", "ﬀfi", "👩‍👩‍👧 fam"]) {
      for (const query of ["i", "f", "b", "u", "fam", "a b"]) {
        const pieces = markWords(text, searchWords(query));
        expect(pieces.map((piece) => piece.text).join("")).toBe(text);
      }
    }
  });
});
