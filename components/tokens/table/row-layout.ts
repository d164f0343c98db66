import type { TableRow } from "@/lib/browser/token-table/rows";

/** How high the rows of each kind are, in pixels, and the head over them. Nothing is measured: all of a kind are alike. */
export type RowHeights = { rowPx: number; ownerPx: number; headPx: number };

export function rowKey(row: TableRow): string {
  return row.kind === "owner" ? `owner ${row.key}` : row.token.id;
}

export const heightOf = (row: TableRow, { rowPx, ownerPx }: RowHeights): number =>
  row.kind === "owner" ? ownerPx : rowPx;

/** How high all of them are, in pixels. */
export function heightOfAll(rows: readonly TableRow[], heights: RowHeights): number {
  let height = 0;
  for (const row of rows) height += heightOf(row, heights);
  return height;
}
