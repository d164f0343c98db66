import { byteOrderMark, csvLine } from "@/lib/shared/csv";

export type ResultRow = { name: string; tokenId: string; outcome: string; detail: string };

/** The results of an operation as a file of CSV: names are typed by people, and the file is opened by others. */
export function resultsCsv(rows: readonly ResultRow[]): string {
  const lines = rows.map(({ name, tokenId, outcome, detail }) => csvLine([name, tokenId, outcome, detail]));
  return [byteOrderMark, csvLine(["name", "token", "outcome", "detail"]), ...lines].join("");
}
