import { describe, expect, it } from "vitest";
import { dayOf, edgeOfDay } from "@/components/audit/day";

describe("the days of the audit filters", () => {
  it("go to instants and back", () => {
    for (const edge of ["start", "end"] as const) {
      expect(dayOf(edgeOfDay("2026-03-29", edge) ?? "")).toBe("2026-03-29");
    }
  });

  it("are a whole day apart, less one millisecond", () => {
    const from = Date.parse(edgeOfDay("2026-06-15", "start") ?? "");
    const to = Date.parse(edgeOfDay("2026-06-15", "end") ?? "");
    expect(to - from).toBe(24 * 60 * 60 * 1000 - 1);
  });

  it("take no half-typed date", () => {
    expect(edgeOfDay("", "start")).toBeNull();
    expect(edgeOfDay("0002-01-01", "start")).toBeNull();
    expect(dayOf("what")).toBe("");
    expect(dayOf(undefined)).toBe("");
  });
});
