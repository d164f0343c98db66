"use client";

import type { KeyboardEvent } from "react";
import { singleKeysOn } from "@/lib/browser/preferences";
import type { TableRow } from "@/lib/browser/token-table/rows";
import type { Token } from "@/lib/contracts/tokens";
import { isComposing } from "@/lib/shared/composing";
import type { RowHandlers } from "./token-row";

const pageOfRows = 10;

type TableKeys = {
  rows: readonly TableRow[];
  activeIndex: number;
  moveTo: (index: number) => void;
  toHead: () => void;
  handlers: RowHandlers;
  selectAll: () => void;
  clearSelection: () => boolean;
};

/** Where letters are text. Boxes and buttons in a row are not: the row's keys work from there too. */
export function isText(target: EventTarget): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && target.type !== "checkbox")
  );
}

/**
 * The keys of a row. Arrows, Home, End, Enter and Space are the grid's own; letters can be switched off, and work only
 * while a row has the focus.
 */
export function useTableKeys({ rows, activeIndex, moveTo, toHead, handlers, ...rest }: TableKeys) {
  const step = (by: 1 | -1) => {
    let next = activeIndex + by;
    while (rows[next]?.kind === "owner") next += by;
    if (next < 0) toHead();
    else if (next < rows.length) moveTo(next);
  };
  const moves = new Map<string, () => void>([
    ["ArrowDown", () => step(1)],
    ["ArrowUp", () => step(-1)],
    ["Home", () => moveTo(0)],
    ["End", () => moveTo(rows.length - 1)],
    ["PageDown", () => moveTo(Math.min(rows.length - 1, activeIndex + pageOfRows))],
    ["PageUp", () => moveTo(Math.max(0, activeIndex - pageOfRows))],
  ]);
  const letters: Record<string, (token: Token) => void> = {
    j: () => step(1),
    k: () => activeIndex > 0 && step(-1),
    x: (token) => handlers.select(token.id, false),
    c: (token) => handlers.copy(token),
    t: (token) => handlers.check(token),
    e: (token) => handlers.rename(token.id),
  };
  const onRow = new Map<string, (token: Token) => void>([
    ["Enter", handlers.show],
    [" ", (token) => handlers.select(token.id, false)],
  ]);

  return (event: KeyboardEvent<HTMLElement>) => {
    if (isComposing(event)) return;
    // A menu or dialog that was opened from a row lies elsewhere in the document, and has keys of its own.
    if (!(event.target instanceof Element) || !event.currentTarget.contains(event.target)) return;
    if (event.defaultPrevented || isText(event.target)) return;
    const row = rows[activeIndex];
    if (row?.kind !== "token") return;
    const take = (act: (() => unknown) | undefined) => {
      if (!act) return;
      event.preventDefault();
      act();
    };
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") return take(rest.selectAll);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moves.get(event.key);
    if (move) return take(move);
    if (event.key === "Escape") return void (rest.clearSelection() && event.preventDefault());
    // A key that is held down must not open one dialog after the other.
    if (event.key === "Delete" && !event.repeat) return take(() => handlers.revoke(row.token));
    const own = event.target.matches("[role=row]") ? onRow.get(event.key) : undefined;
    if (own && !event.repeat) return take(() => own(row.token));
    const letter = letters[event.key];
    const moving = event.key === "j" || event.key === "k";
    if (letter && singleKeysOn() && (moving || !event.repeat)) take(() => letter(row.token));
  };
}
