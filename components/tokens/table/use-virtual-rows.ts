"use client";

import { defaultRangeExtractor, type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { TableRow } from "@/lib/browser/token-table/rows";
import { cardsBelowRem, headRem, ownerRowRem, rowRem } from "./columns";
import { heightOf, heightOfAll, type RowHeights, rowKey } from "./row-layout";

/** As many rows as the server draws: a tall screen's worth. */
const firstRows = 16;
/** Room for what floats at the lower edge: the bar of a selection, the tabs of a phone. */
const footPx = 96;

const never = () => () => undefined;
type DrawnRow = { index: number; row: TableRow; gap: number };

/**
 * Which rows exist in the document. The page scrolls, not a box in it, and all rows of a kind are equally high, so
 * nothing is measured. Rows stand in the flow, each with the gap to the one drawn before it: what the server sends is
 * right at every width, before any script runs.
 */
export function useVirtualRows(rows: readonly TableRow[], keepIndex: number) {
  const list = useRef<HTMLDivElement>(null);
  const { heights, scrollMargin } = useMeasures(list);
  const hydrated = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: useCallback(
      (index: number) => {
        const row = rows[index];
        return row ? heightOf(row, heights) : heights.rowPx;
      },
      [rows, heights],
    ),
    getItemKey: useCallback(
      (index: number) => {
        const row = rows[index];
        return row ? rowKey(row) : index;
      },
      [rows],
    ),
    overscan: 2,
    scrollMargin,
    scrollPaddingStart: heights.headPx,
    scrollPaddingEnd: footPx,
    initialRect: { width: 1280, height: 800 },
    rangeExtractor: useCallback(
      (range: Range) => {
        const indexes = defaultRangeExtractor(range);
        // The row with the focus stays, however far it is scrolled away: removing it would lose the focus.
        if (keepIndex < 0 || keepIndex >= range.count || indexes.includes(keepIndex)) return indexes;
        return [...indexes, keepIndex].sort((a, b) => a - b);
      },
      [keepIndex],
    ),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: heights are kept by key, so new ones must be asked for
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, heights]);

  const drawn: DrawnRow[] = [];
  let edge = 0;
  const draw = (index: number, start: number, size: number) => {
    const row = rows[index];
    if (row) drawn.push({ index, row, gap: Math.round(start - edge) });
    edge = start + size;
  };
  if (hydrated) {
    for (const item of virtualizer.getVirtualItems()) draw(item.index, item.start - scrollMargin, item.size);
  } else {
    // Where the page will be scrolled to is not known yet, and the first drawing must be the server's.
    for (const [index, row] of rows.slice(0, firstRows).entries()) {
      draw(index, edge, heightOf(row, heights));
    }
  }
  const rest = Math.max(0, Math.round(heightOfAll(rows, heights) - edge));
  return { list, virtualizer, drawn, rest, heights };
}

/** Heights in pixels, for text of any size, and where the list begins in the page. */
function useMeasures(list: React.RefObject<HTMLDivElement | null>) {
  const [measures, setMeasures] = useState({ cards: false, remPx: 16, scrollMargin: 0 });
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => {
      const remPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      const box = element.getBoundingClientRect();
      const next = {
        cards: box.width < cardsBelowRem * remPx,
        remPx,
        scrollMargin: Math.round(box.top + window.scrollY),
      };
      setMeasures((now) =>
        now.cards === next.cards && now.remPx === next.remPx && now.scrollMargin === next.scrollMargin
          ? now
          : next,
      );
    };
    measure();
    // The page above grows and shrinks with its notices; the list's own height changes with it or by itself.
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    observer.observe(element);
    return () => observer.disconnect();
  }, [list]);
  const { cards, remPx, scrollMargin } = measures;
  const heights = useMemo(
    (): RowHeights => ({
      rowPx: (cards ? rowRem.cards : rowRem.table) * remPx,
      ownerPx: ownerRowRem * remPx,
      headPx: cards ? 0 : headRem * remPx,
    }),
    [cards, remPx],
  );
  return { heights, scrollMargin };
}
