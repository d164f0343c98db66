import { describe, expect, it } from "vitest";
import { sortColumns, sortTokens } from "@/lib/shared/token-table/order";
import { inDays, makeToken, now } from "./make-token";

const names = (tokens: { label: string | null }[]) => tokens.map((token) => token.label);

describe("order", () => {
  it("puts the newest first, by when it was minted or first seen", () => {
    const tokens = [
      makeToken({ label: "seen", firstSeenAt: inDays(-5) }),
      makeToken({ label: "minted", createdAt: inDays(-1), firstSeenAt: inDays(-1) }),
      makeToken({ label: "old", createdAt: inDays(-9), firstSeenAt: inDays(-1) }),
    ];
    expect(names(sortTokens(tokens, { column: "created", direction: "desc" }, now))).toEqual([
      "minted",
      "seen",
      "old",
    ]);
  });

  it("sorts names as people count, and what has none comes last both ways", () => {
    const tokens = [null, "export 10", "Export 2", "älter", "zebra"].map((label) => makeToken({ label }));
    const sorted = (direction: "asc" | "desc") =>
      names(sortTokens(tokens, { column: "name", direction }, now));
    expect(sorted("asc")).toEqual(["älter", "Export 2", "export 10", "zebra", null]);
    expect(sorted("desc")).toEqual(["zebra", "export 10", "Export 2", "älter", null]);
  });

  it("sorts what the fold takes for one as one, by when it was made", () => {
    const tokens = ["ＣＡＦÉ", "cafe", "Café", "カス", "ガス"].map((label, day) =>
      makeToken({ label, createdAt: inDays(day - 9) }),
    );
    expect(names(sortTokens(tokens, { column: "name", direction: "asc" }, now))).toEqual([
      "Café",
      "cafe",
      "ＣＡＦÉ",
      "カス",
      "ガス",
    ]);
  });

  it("sorts by status with the worst badge first", () => {
    const tokens = [
      makeToken({ label: "fine" }),
      makeToken({ label: "unclaimed", status: "unclaimed" }),
      makeToken({ label: "revoking", status: "revoking" }),
      makeToken({ label: "overdue", expiresAt: inDays(-1) }),
      makeToken({ label: "expiring", expiresAt: inDays(1) }),
    ];
    expect(names(sortTokens(tokens, { column: "status", direction: "asc" }, now))).toEqual([
      "overdue",
      "expiring",
      "unclaimed",
      "revoking",
      "fine",
    ]);
  });

  it("keeps numbered names that were minted at once in order", () => {
    const tokens = ["batch 03", "batch 01", "batch 02"].map((label) =>
      makeToken({ label, createdAt: inDays(0) }),
    );
    expect(names(sortTokens(tokens, { column: "created", direction: "desc" }, now))).toEqual([
      "batch 01",
      "batch 02",
      "batch 03",
    ]);
  });

  it("leaves the list that it is given as it is, and loses nothing", () => {
    const tokens = [makeToken(), makeToken({ label: null }), makeToken()];
    const before = [...tokens];
    for (const column of sortColumns) {
      for (const direction of ["asc", "desc"] as const) {
        const sorted = sortTokens(tokens, { column, direction }, now);
        expect(new Set(sorted)).toEqual(new Set(tokens));
      }
    }
    expect(tokens).toEqual(before);
  });
});
