"use client";

import { Component, type RefObject } from "react";
import type { TableRow } from "@/lib/browser/token-table/rows";
import { headPx } from "./columns";
import { firstBelow, type RowHeights, rowKey, startOf } from "./row-layout";

type KeptPlaceProps = {
  list: RefObject<HTMLElement | null>;
  rows: readonly TableRow[];
  heights: RowHeights;
  /** Changes with filter and order, not with new data. */
  listing: unknown;
};

/** The rows that somebody reads, the first in sight first, and how far below the window's edge that one begins. */
type Place = { reading: readonly TableRow[]; top: number };

/**
 * Keeps what somebody reads where it is. New data above the window moves the page along with the rows; another filter
 * or order starts at the top of the list instead.
 *
 * A class, since only `getSnapshotBeforeUpdate` is asked between the old rows and the new: a place that is noted at
 * each scroll is the one before last where data and a scroll come in the same frame.
 */
export class KeptPlace extends Component<KeptPlaceProps> {
  override getSnapshotBeforeUpdate({ rows, heights }: KeptPlaceProps): Place | null {
    const listTop = this.props.list.current?.getBoundingClientRect().top;
    // A list that begins within the window has nothing above it that could push.
    if (rows === this.props.rows || listTop === undefined || listTop >= 0) return null;
    const first = firstBelow(rows, headPx - listTop, heights);
    return first === -1 ? null : { reading: rows.slice(first), top: listTop + startOf(rows, first, heights) };
  }

  override componentDidUpdate(before: KeptPlaceProps, _state: unknown, place: Place | null): void {
    const { list, rows, heights, listing } = this.props;
    if (!place || !list.current) return;
    const listTop = list.current.getBoundingClientRect().top;
    if (before.listing !== listing) {
      window.scrollBy({ top: listTop });
      return;
    }
    const indexes = new Map(rows.map((row, index) => [rowKey(row), index]));
    // Where the first has gone, the next that is still there takes its place.
    const kept = place.reading.find((row) => indexes.has(rowKey(row)));
    if (!kept) return;
    const moved = listTop + startOf(rows, indexes.get(rowKey(kept)) ?? 0, heights) - place.top;
    if (Math.abs(moved) >= 1) window.scrollBy({ top: moved });
  }

  override render() {
    return null;
  }
}
