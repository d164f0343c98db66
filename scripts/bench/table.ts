import { buildRows, filterTokens, noFilters } from "@/lib/browser/token-table/rows";
import { sortColumns, sortTokens } from "@/lib/shared/token-table/order";
import { countTokens } from "@/lib/shared/token-table/views";
import { inDays, makeToken, now } from "../../tests/unit/tokens/make-token";
import { durations, type Figure, median } from "./figures";

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

/** What the table's own work costs in a browser's engine: a frame for what follows typing, no felt task for a sort. */
export async function benchTable(): Promise<Figure[]> {
  const cost = async (work: () => unknown) => median(await durations(9, async () => work()));
  const query = { ...noFilters, query: "service 31" };
  const sorts: number[] = [];
  for (const column of sortColumns)
    sorts.push(await cost(() => sortTokens(tokens, { column, direction: "asc" }, now)));
  return [
    {
      name: "10,000 tokens searched",
      value: await cost(() => buildRows(filterTokens(tokens, query, now), false)),
      unit: "ms",
      atMost: 16,
    },
    {
      name: "10,000 tokens grouped by owner",
      value: await cost(() => buildRows(filterTokens(tokens, noFilters, now), true)),
      unit: "ms",
      atMost: 16,
    },
    {
      name: "10,000 tokens counted",
      value: await cost(() => countTokens(tokens, now)),
      unit: "ms",
      atMost: 16,
    },
    { name: "10,000 tokens sorted, the slowest column", value: Math.max(...sorts), unit: "ms", atMost: 100 },
  ];
}
