import { describe, expect, it } from "vitest";
import { absoluteTime, longDate, relativeTime } from "@/lib/shared/relative-time";

const now = Date.parse("2026-06-15T12:00:00Z");

describe("relativeTime", () => {
  it.each([
    ["2026-06-15T11:59:58Z", "just now"],
    ["2026-06-15T12:00:03Z", "now"],
    ["2026-06-15T11:59:48Z", "12 s ago"],
    ["2026-06-15T11:57:00Z", "3 min ago"],
    ["2026-06-15T09:30:00Z", "2 h ago"],
    ["2026-06-01T12:00:00Z", "14 d ago"],
    ["2026-06-29T12:00:00Z", "in 14 d"],
    ["2026-06-29T11:58:00Z", "in 14 d"],
    ["2026-06-16T13:00:00Z", "in 1 d"],
    ["2026-06-15T12:14:50Z", "in 15 min"],
    ["2026-03-01T12:00:00Z", "3 mo ago"],
    ["2024-06-01T12:00:00Z", "2 y ago"],
    ["2026-06-15T14:00:00+02:00", "just now"],
  ])("says %s as %s", (at, text) => {
    expect(relativeTime(at, now)).toBe(text);
  });

  it("does not invent a time", () => {
    expect(relativeTime("yesterday", now)).toBe("at an unknown time");
  });
});

describe("absoluteTime", () => {
  it("names the zone", () => {
    expect(absoluteTime("2027-02-21T13:05:09Z", "Europe/Berlin")).toBe("21 February 2027, 14:05:09 CET");
    expect(absoluteTime("2027-02-21T13:05:09Z", "UTC")).toBe("21 February 2027, 13:05:09 UTC");
  });
});

describe("longDate", () => {
  it("is the day where the reader is", () => {
    expect(longDate("2027-02-21T23:30:00Z", "Asia/Tokyo")).toBe("22 February 2027");
  });
});
