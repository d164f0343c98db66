"use client";

import {
  type FocusEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { TableRow } from "@/lib/browser/token-table/rows";
import { isText } from "./use-table-keys";

/** The nearest token at or after this row, else before it: headings of owners take no focus. */
function tokenIndexNear(rows: readonly TableRow[], index: number): number {
  const from = Math.max(0, Math.min(index, rows.length - 1));
  for (let at = from; at < rows.length; at += 1) if (rows[at]?.kind === "token") return at;
  for (let at = from - 1; at >= 0; at -= 1) if (rows[at]?.kind === "token") return at;
  return -1;
}

/**
 * One row is the table's stop for Tab, and remembers where somebody was. When its token goes, the row that takes its
 * place takes its focus; not from a field in it, since the letters that are typed next would be that row's commands.
 */
export function useRowFocus(
  rows: readonly TableRow[],
  list: RefObject<HTMLElement | null>,
  listing: unknown,
) {
  const [active, setActive] = useState<{ id: string | null; index: number }>({ id: null, index: 0 });
  const inside = useRef(false);
  const typing = useRef(false);
  const wanted = useRef<string | null>(null);

  const isAt = (index: number) => {
    const row = rows[index];
    return row?.kind === "token" && row.token.id === active.id;
  };
  let index = active.index;
  if (active.id !== null && !isAt(index)) {
    const moved = rows.findIndex((row) => row.kind === "token" && row.token.id === active.id);
    index = moved === -1 ? index : moved;
  }
  index = tokenIndexNear(rows, index);
  const row = rows[index];
  const id = row?.kind === "token" ? row.token.id : null;

  const elementOf = useCallback(
    (tokenId: string | null) =>
      tokenId === null
        ? null
        : (list.current?.querySelector<HTMLElement>(`[data-token="${CSS.escape(tokenId)}"]`) ?? null),
    [list],
  );
  const current = useRef({ id, index });
  useEffect(() => {
    current.current = { id, index };
    if (id !== active.id || index !== active.index) setActive({ id, index });
  }, [id, index, active]);

  useLayoutEffect(() => {
    const lost = inside.current && !typing.current && document.activeElement === document.body;
    const target = wanted.current ?? (lost ? id : null);
    const element = elementOf(target);
    if (!element) return;
    wanted.current = null;
    element.focus({ preventScroll: true });
  });

  // Another filter or order is another list: it begins at its first row, unless somebody is in it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change of the listing that counts
  useEffect(() => {
    if (!list.current?.querySelector("[data-token]:focus-within")) setActive({ id: null, index: 0 });
  }, [listing, list]);

  /** Makes a row the place where somebody is, without giving it the focus: what is in it takes that. */
  const lead = useCallback(
    (next: number): number => {
      const at = tokenIndexNear(rows, next);
      const target = rows[at];
      if (target?.kind !== "token") return -1;
      setActive({ id: target.token.id, index: at });
      return at;
    },
    [rows],
  );
  const focusIndex = useCallback(
    (next: number): number => {
      const at = lead(next);
      const target = rows[at];
      if (target?.kind === "token") wanted.current = target.token.id;
      return at;
    },
    [lead, rows],
  );
  /** The element that a closing dialog gives the focus to. */
  const activeElement = useCallback(() => elementOf(current.current.id), [elementOf]);

  const onFocus = useCallback((event: FocusEvent<HTMLElement>) => {
    inside.current = true;
    typing.current = isText(event.target);
    const owner = event.target.closest<HTMLElement>("[data-token]");
    const focused = owner?.dataset.token;
    if (focused === undefined || focused === current.current.id) return;
    setActive({ id: focused, index: Number(owner?.dataset.index) });
  }, []);
  const onBlur = useCallback((event: FocusEvent<HTMLElement>) => {
    // Without a next element the row may just have been removed; then the focus is to be found again.
    if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) inside.current = false;
    else if (!event.relatedTarget && event.target.isConnected) inside.current = false;
  }, []);

  return { activeId: id, activeIndex: index, lead, focusIndex, activeElement, onFocus, onBlur };
}
