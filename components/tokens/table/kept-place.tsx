"use client";

import { Component, type RefObject } from "react";
import type { TableRow } from "@/lib/browser/token-table/rows";
import { heightOf, type RowHeights, rowKey } from "./row-layout";

type KeptPlaceProps = {
  list: RefObject<HTMLElement | null>;
  rows: readonly TableRow[];
  heights: RowHeights;
  /** Changes with filter and order, not with new data. */
  listing: unknown;
};

/** The rows that can be seen, and how far below the window's edge each begins. */
type Place = Map<string, number>;

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
    const place: Place = new Map();
    let top = listTop;
    for (const row of rows) {
      const bottom = top + heightOf(row, heights);
      if (bottom > heights.headPx && top < window.innerHeight) place.set(rowKey(row), top);
      top = bottom;
    }
    return place;
  }

  override componentDidUpdate(before: KeptPlaceProps, _state: unknown, place: Place | null): void {
    const { list, rows, heights, listing } = this.props;
    if (!place || !list.current) return;
    const listTop = list.current.getBoundingClientRect().top;
    const moved =
      before.listing === listing ? mostCommonMove(place, rows, heights, listTop) : listTop - heights.headPx;
    if (Math.abs(moved) >= 1) window.scrollBy({ top: moved });
  }

  override render() {
    return null;
  }
}

/**
 * How far most of the rows that were in sight are from where they were, in pixels: one of them may have gone, or have
 * another place in the order now, and the rest is still being read.
 */
function mostCommonMove(
  place: Place,
  rows: readonly TableRow[],
  heights: RowHeights,
  listTop: number,
): number {
  const counts = new Map<number, number>();
  let top = listTop;
  for (const row of rows) {
    const was = place.get(rowKey(row));
    const by = was === undefined ? undefined : Math.round(top - was);
    if (by !== undefined) counts.set(by, (counts.get(by) ?? 0) + 1);
    top += heightOf(row, heights);
  }
  let [move, most] = [0, 0];
  for (const [candidate, count] of counts) if (count > most) [move, most] = [candidate, count];
  return move;
}
