import type { TableRow } from "@/lib/browser/token-table/rows";

/** How high the rows of each kind are, in pixels. Nothing is measured: all of a kind are equally high. */
export type RowHeights = { rowPx: number; ownerPx: number };

export function rowKey(row: TableRow): string {
  return row.kind === "owner" ? `owner ${row.key}` : row.token.id;
}

export const heightOf = (row: TableRow, { rowPx, ownerPx }: RowHeights): number =>
  row.kind === "owner" ? ownerPx : rowPx;

/** Where the row begins, in pixels below the beginning of the list; for an index past the end, where the list ends. */
export function startOf(rows: readonly TableRow[], index: number, heights: RowHeights): number {
  let start = 0;
  for (const row of rows.slice(0, index)) start += heightOf(row, heights);
  return start;
}

/** The first row that ends below this many pixels from the beginning of the list; -1 where the list ends before. */
export function firstBelow(rows: readonly TableRow[], px: number, heights: RowHeights): number {
  let end = 0;
  return rows.findIndex((row) => {
    end += heightOf(row, heights);
    return end > px;
  });
}
