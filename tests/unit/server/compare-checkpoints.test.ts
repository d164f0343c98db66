import { describe, expect, test } from "vitest";
import type { Checkpoint } from "@/lib/server/services/audit/checkpoint";
import { compareCheckpoints } from "@/lib/server/services/audit/compare-checkpoints";
import { countCheckpoints, missingFrom } from "@/lib/server/services/audit/known-checkpoints";

const checkpointAt = (entries: number): Checkpoint => ({
  entries,
  head: "a".repeat(64),
  at: "2026-01-01T00:00:00.000Z",
  mac: "",
});

describe("checkpoints of years", () => {
  // Whoever wipes the whole trail must be told of as whoever cuts off an entry.
  test("that all contradict the trail are told by the first", async () => {
    async function* all() {
      for (let index = 0; index < 200_000; index += 1) yield checkpointAt(index + 7);
    }
    const none = { hashesOf: async () => new Map(), restores: [] };
    expect(await compareCheckpoints(all(), none)).toMatchObject({ agreeing: 0, brokenAt: 7 });
  });

  test("are counted once each, however often they stand there and in whatever order", () => {
    const last = checkpointAt(5_000);
    const known = { written: 5_000, last };
    const count = (entries: number[]) => {
      const counting = countCheckpoints(known);
      for (const each of entries) counting.see(checkpointAt(each));
      return missingFrom(counting.end(), known);
    };
    const all = Array.from({ length: 5_000 }, (_, index) => index + 1);
    expect(count(all)).toBe(0);
    expect(count(all.toReversed().concat(all))).toBe(0);
    expect(count([...all.slice(1), 7, 7, 7])).toBe(1);
    expect(count(all.slice(0, -1).concat(7))).toBe(1);
    expect(count([])).toBe(5_000);
  });
});
