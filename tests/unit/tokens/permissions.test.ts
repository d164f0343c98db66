import { describe, expect, it } from "vitest";
import { missingFrom } from "@/components/tokens/revoke/reason-field";
import {
  isNameable,
  isPhrase,
  needsPhrase,
  phraseFor,
  reasonAgainst,
  reasonAgainstMany,
} from "@/lib/browser/token-table/permissions";
import { resultsCsv } from "@/lib/browser/token-table/results-csv";
import { revokeReasons } from "@/lib/contracts/tokens";
import { makeToken } from "./make-token";

const own = { connectionId: "con_1" };

describe("what one may do", () => {
  it("leaves a lead nothing but to revoke", () => {
    const token = makeToken();
    expect(reasonAgainst("copy", token)).toContain("lead");
    expect(reasonAgainst("check", token)).toBeDefined();
    expect(reasonAgainst("edit", token)).toBeDefined();
    expect(reasonAgainst("revoke", token)).toBeUndefined();
  });

  it("ends with the token", () => {
    for (const status of ["revoked", "revoking", "disappeared"] as const) {
      const token = makeToken({ ...own, status });
      expect(reasonAgainst("copy", token)).toBeDefined();
      expect(reasonAgainst("revoke", token)).toBeDefined();
    }
    expect(reasonAgainst("edit", makeToken({ ...own, status: "disappeared" }))).toBeUndefined();
    expect(reasonAgainst("copy", makeToken({ ...own, status: "unclaimed" }))).toBeUndefined();
  });

  it("lets a selection be changed where any of it can", () => {
    expect(reasonAgainstMany("edit", [makeToken(own), makeToken()])).toBeUndefined();
    expect(reasonAgainstMany("edit", [makeToken()])).toContain("None");
    expect(
      reasonAgainstMany(
        "edit",
        Array.from({ length: 1501 }, () => makeToken(own)),
      ),
    ).toContain("1,500");
  });

  it("names by a pattern only what has no name", () => {
    const nameless = makeToken({ ...own, label: null, status: "unclaimed" });
    expect(reasonAgainstMany("name", [nameless, makeToken(own)])).toBeUndefined();
    expect(reasonAgainstMany("name", [makeToken(own), makeToken()])).toBe("They all have names");
    const led = makeToken({ label: null, status: "unclaimed" });
    const revoked = makeToken({ ...own, label: null, status: "revoked" });
    expect(reasonAgainstMany("name", [led, revoked, makeToken(own)])).toBe("None of them can be named");
    expect([nameless, led, revoked, makeToken(own)].map(isNameable)).toEqual([true, false, false, false]);
    expect(reasonAgainstMany("name", Array(1501).fill(nameless))).toContain("1,500");
  });

  it("does not mix one's own tokens with other people's", () => {
    expect(reasonAgainstMany("revoke", [makeToken(own), makeToken()])).toContain("apart");
    expect(reasonAgainstMany("revoke", [makeToken(own), makeToken({ status: "revoked" })])).toBeUndefined();
    expect(reasonAgainstMany("revoke", [makeToken({ status: "revoked" })])).toContain("None");
    expect(
      reasonAgainstMany(
        "revoke",
        Array.from({ length: 1501 }, () => makeToken(own)),
      ),
    ).toContain("1,500");
  });
});

describe("what has to be typed", () => {
  it("is the name of what is protected or in production, and the number of many", () => {
    expect(phraseFor([makeToken()])).toBeUndefined();
    expect(phraseFor([makeToken({ label: "crm", protected: true })])).toBe("crm");
    expect(phraseFor([makeToken({ label: "crm", environment: "Production" })])).toBe("crm");
    expect(phraseFor([makeToken({ label: null, protected: true })])).toBe("revoke c0a9");
    // Such names are refused today; nobody could type one, and nothing must not do for it.
    for (const label of ["\u3164", "\u2800", "\ufffc", "crm\u202e"])
      expect(phraseFor([makeToken({ label, protected: true })])).toBe("revoke c0a9");
    expect(phraseFor([makeToken({ label: "crm", environment: "ＰＲＯＤ" })])).toBe("crm");
    expect(phraseFor(Array.from({ length: 4 }, () => makeToken()))).toBeUndefined();
    expect(phraseFor(Array.from({ length: 12 }, () => makeToken()))).toBe("revoke 12");
    expect(phraseFor([makeToken(), makeToken({ protected: true })])).toBe("revoke 2");
  });

  it("is nothing for what is compromised, and comes back with any other reason", () => {
    for (const reason of revokeReasons) expect(needsPhrase(reason)).toBe(reason !== "compromised");
    expect(needsPhrase(null)).toBe(true);
    const typed = { reason: null, note: "", typed: "" };
    expect(missingFrom(typed, "crm")).toBe("Choose a reason first");
    expect(missingFrom({ ...typed, reason: "compromised" }, "crm")).toBeUndefined();
    expect(missingFrom({ ...typed, reason: "unused" }, "crm")).toContain("crm");
    expect(missingFrom({ ...typed, reason: "unused", typed: "crm" }, "crm")).toBeUndefined();
  });

  it("may be typed with other white space, case or accents, and not otherwise", () => {
    expect(isPhrase("  Zoe\u0308  key ", "Zoë key")).toBe(true);
    expect(isPhrase("ZOE key", "Zoë key")).toBe(true);
    expect(isPhrase("Zoë keys", "Zoë key")).toBe(false);
    expect(isPhrase("", "x")).toBe(false);
  });
});

describe("results as CSV", () => {
  // A name like =HYPERLINK(…) would run in the spreadsheet of whoever opens the file.
  it("disarms formulas and quotes what needs it", () => {
    const csv = resultsCsv([
      { name: '=1+1,"x"', tokenId: "tok_a", outcome: "revoked", detail: "" },
      { name: "@sum", tokenId: "", outcome: "failed", detail: "two\nlines" },
    ]);
    expect(csv).toBe(
      '\uFEFFname,token,outcome,detail\r\n"\'=1+1,""x""",tok_a,revoked,\r\n\'@sum,,failed,"two\nlines"\r\n',
    );
  });
});
