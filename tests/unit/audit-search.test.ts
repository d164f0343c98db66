import { describe, expect, it } from "vitest";
import { readAuditSearch } from "@/lib/browser/audit-search";
import { auditActions, auditQuery } from "@/lib/contracts/audit";

const names = ["token", "actor", "action", "from", "to"] as const;
const texts = [
  "nonsense",
  ...auditActions,
  "token.Mint",
  "2026-03-01T00:00:00.000Z",
  "2026-03-01T00:00:00Z",
  "2026-03-01T00:00Z",
  "2026-03-01T00:00:00+01:00",
  "2026-03-01T00:00:00-23:59",
  "2026-03-01T00:00:00+24:00",
  "2026-03-01T00:00:00+0100",
  "2026-03-01T00:00:00",
  "2026-03-01",
  "2026-02-29T00:00:00Z",
  "2028-02-29T00:00:00Z",
  "2026-02-30T12:00:00Z",
  "2026-04-31T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-00-10T00:00:00Z",
  "2026-03-00T00:00:00Z",
  "2026-03-01T24:00:00Z",
  "2026-03-01T23:60:00Z",
  "2026-03-01T23:59:60Z",
  "2026-03-01t00:00:00z",
  " 2026-03-01T00:00:00Z",
  "1899-12-31T00:00:00Z",
  "1900-01-01T00:00:00Z",
  "2199-12-31T23:59:59Z",
  "2200-01-01T00:00:00Z",
  "12026-03-01T00:00:00Z",
  "NUL \0",
  "two\nlines",
  "half a \ud83d",
  "x".repeat(64),
  "x".repeat(65),
  "x".repeat(254),
  "x".repeat(255),
];

describe("readAuditSearch", () => {
  // The store takes no NUL: to ask it all the same would be an error of ours.
  it.each(["NUL \0", "two\nlines", "half a \ud83d"])("nobody is called %j, and no token", (text) => {
    expect(auditQuery.safeParse({ actor: text }).success).toBe(false);
    expect(auditQuery.safeParse({ token: text }).success).toBe(false);
  });

  it.each(names)("takes for %s exactly what the server takes", (name) => {
    // One that the server refuses would leave the page without a single entry.
    for (const text of texts) {
      const { filters, wrong } = readAuditSearch({ [name]: text });
      const taken = auditQuery.shape[name].safeParse(text).success;
      expect(filters[name], text).toBe(taken ? text : undefined);
      expect(wrong, text).toEqual(taken ? [] : [name]);
    }
  });

  it("takes an empty one for none", () => {
    expect(readAuditSearch({ from: "", to: null }).wrong).toEqual([]);
  });
});
