import { describe, expect, test } from "vitest";
import { compareCheckpoints } from "@/lib/server/services/audit/compare-checkpoints";

describe("checkpoints of a year", () => {
  // Whoever wipes the whole trail must be told of as whoever cuts off an entry.
  test("that all contradict the trail are told by the first", () => {
    const checkpoints = Array.from({ length: 200_000 }, (_, i) => ({
      entries: i + 7,
      head: "a".repeat(64),
      at: "2026-01-01T00:00:00.000Z",
      mac: "",
    }));
    expect(compareCheckpoints(checkpoints).end()).toMatchObject({ agreeing: 0, brokenAt: 7 });
  });
});
