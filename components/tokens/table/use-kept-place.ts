"use client";

import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import type { TableRow } from "@/lib/browser/token-table/rows";
import { rowKey } from "./use-virtual-rows";

type Place = { key: string; top: number };

/**
 * Keeps what somebody reads where it is. New data above the window moves the page along with the rows; another filter
 * or order starts at the top of the list instead.
 */
export function useKeptPlace(
  list: RefObject<HTMLElement | null>,
  rows: readonly TableRow[],
  startOf: (index: number) => number | undefined,
  listing: unknown,
) {
  const place = useRef<Place | null>(null);
  const before = useRef({ rows, listing });

  useEffect(() => {
    const note = () => {
      place.current = firstInSight(list.current);
    };
    note();
    window.addEventListener("scroll", note, { passive: true });
    return () => window.removeEventListener("scroll", note);
  }, [list]);

  useLayoutEffect(() => {
    const last = before.current;
    before.current = { rows, listing };
    const element = list.current;
    if (last.rows === rows || !element) return;
    const listTop = element.getBoundingClientRect().top + window.scrollY;
    // The list begins within the window: there is nothing above it that could push.
    if (window.scrollY <= listTop) return;
    if (last.listing !== listing) {
      window.scrollTo({ top: listTop });
      return;
    }
    const { current } = place;
    const index = current === null ? -1 : rows.findIndex((row) => rowKey(row) === current.key);
    const start = index === -1 ? undefined : startOf(index);
    if (current === null || start === undefined) return;
    const moved = start - window.scrollY - current.top;
    if (Math.abs(moved) >= 1) window.scrollBy({ top: moved });
  }, [rows, listing, list, startOf]);
}

/** The first drawn row that can be seen, and how far below the window's edge it begins. */
function firstInSight(list: HTMLElement | null): Place | null {
  for (const row of list?.querySelectorAll<HTMLElement>("[data-key]") ?? []) {
    const box = row.getBoundingClientRect();
    if (box.bottom > 40) return { key: row.dataset.key ?? "", top: box.top };
  }
  return null;
}
