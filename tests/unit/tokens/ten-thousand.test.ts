import { performance } from "node:perf_hooks";
import { describe, expect, it } from "vitest";
import { buildRows, filterTokens, noFilters } from "@/lib/browser/token-table/rows";
import { sortColumns, sortTokens } from "@/lib/shared/token-table/order";
import { countTokens } from "@/lib/shared/token-table/views";
import { inDays, makeToken, now } from "./make-token";

const tokens = Array.from({ length: 10_000 }, (_, index) =>
  makeToken({
    label: index % 7 === 0 ? null : `service ${index % 311} é${index}`,
    status: index % 7 === 0 ? "unclaimed" : "active",
    purpose: "moves orders from one place to another, every night",
    environment: ["production", "staging", null][index % 3] ?? null,
    tags: [`team-${index % 13}`],
    notes: "x".repeat(200),
    createdAt: inDays(-(index % 1000)),
    expiresAt: index % 5 === 0 ? inDays((index % 200) - 50) : undefined,
    owner: { portal: "sim", userId: String(index % 40), userName: `api-${index % 40}@example.com` },
    hint: `aws80:${(index % 65_536).toString(16).padStart(4, "0")}…c0a9`,
  }),
);

/** The best of a few runs: what the work costs, not what else the machine was doing. */
function bestMs(work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run += 1) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

describe("10,000 tokens", () => {
  it("are filtered within a frame", () => {
    const query = { ...noFilters, query: "service 31" };
    expect(filterTokens(tokens, query, now).length).toBeGreaterThan(100);
    expect(bestMs(() => buildRows(filterTokens(tokens, query, now), false))).toBeLessThan(16);
    expect(bestMs(() => buildRows(filterTokens(tokens, noFilters, now), true))).toBeLessThan(16);
    expect(bestMs(() => countTokens(tokens, now))).toBeLessThan(16);
  });

  it("are sorted without a task that anybody feels", () => {
    for (const column of sortColumns) {
      expect(bestMs(() => sortTokens(tokens, { column, direction: "asc" }, now))).toBeLessThan(100);
    }
  });
});
