import { describe, expect, it } from "vitest";
import { firstRows } from "@/lib/shared/token-table/first-rows";
import { standingOf } from "@/lib/shared/token-table/standing";
import { countTokens, inView, type views } from "@/lib/shared/token-table/views";
import { inDays, makeToken, now } from "./make-token";

const revoked = (days: number, reason: "unused" | "compromised" = "unused") => ({
  status: "revoked" as const,
  revoked: { at: inDays(days), by: "ana", reason, receipt: {} },
});

describe("the badge", () => {
  it("is the worst that is true", () => {
    const standing = (facts: Parameters<typeof makeToken>[0]) => standingOf(makeToken(facts), now);
    expect(standing({})).toBe("fine");
    expect(standing({ status: "unclaimed" })).toBe("unclaimed");
    expect(standing({ status: "unclaimed", recovered: true })).toBe("confirm");
    expect(standing({ status: "unclaimed", expiresAt: inDays(3), recovered: true })).toBe("expiring");
    expect(standing({ status: "unclaimed", expiresAt: inDays(-1) })).toBe("overdue");
    expect(standing(revoked(-1, "compromised"))).toBe("compromised");
  });

  it("knows where the fortnight ends", () => {
    expect(standingOf(makeToken({ expiresAt: inDays(14) }), now)).toBe("expiring");
    expect(standingOf(makeToken({ expiresAt: inDays(14.001) }), now)).toBe("fine");
    expect(standingOf(makeToken({ expiresAt: inDays(0) }), now)).toBe("overdue");
  });

  it("says nothing about the date of what no longer lives", () => {
    for (const status of ["revoking", "revoked", "disappeared"] as const) {
      expect(standingOf(makeToken({ status, expiresAt: inDays(-1) }), now)).toBe("fine");
    }
  });
});

describe("the cards", () => {
  const tokens = [
    makeToken(),
    makeToken({ expiresAt: inDays(2) }),
    makeToken({ expiresAt: inDays(-2) }),
    makeToken({ status: "unclaimed" }),
    makeToken({ status: "revoking" }),
    makeToken({ status: "disappeared" }),
    makeToken(revoked(-29)),
    makeToken(revoked(-31)),
  ];

  it("count what pressing them shows", () => {
    const count = (view: (typeof views)[number]) => tokens.filter((token) => inView(token, view, now)).length;
    expect(countTokens(tokens, now)).toEqual({
      active: count("active"),
      unclaimed: count("unclaimed"),
      expiringSoon: count("expiring"),
      overdue: count("overdue"),
      revokedLately: count("revoked-lately"),
    });
    expect(countTokens(tokens, now)).toEqual({
      active: 3,
      unclaimed: 1,
      expiringSoon: 1,
      overdue: 1,
      revokedLately: 1,
    });
    expect(count("current")).toBe(6);
    expect(count("all")).toBe(8);
  });

  it("stand over the rows that the table begins with", () => {
    expect(firstRows(tokens, 3, now)).toHaveLength(3);
    expect(firstRows(tokens, 100, now)).toHaveLength(6);
    expect(firstRows(tokens, 100, now).some((token) => token.status === "revoked")).toBe(false);
  });
});
