"use client";

import { clsx } from "clsx";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { KeyboardEvent } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { isComposing } from "@/lib/shared/composing";
import type { Sort, SortColumn } from "@/lib/shared/token-table/order";
import { cellClass, headColumns, rowGrid } from "./columns";
import { GridHead, GridRow } from "./grid";

type TableHeadProps = {
  sort: Sort;
  onSort: (column: SortColumn) => void;
  selected: "none" | "some" | "all";
  matching: number;
  onSelectAll: () => void;
  /** Down, out of the head. */
  onLeave: () => void;
};

/**
 * The head of the table. It belongs to the grid, so it is reached from the first row by the arrow up and is no stop of
 * its own for Tab; "Filter" sorts as well.
 */
export function TableHead({ sort, onSort, selected, matching, onSelectAll, onLeave }: TableHeadProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (isComposing(event)) return;
    if (event.key === "ArrowDown") {
      event.preventDefault();
      event.stopPropagation();
      onLeave();
      return;
    }
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const stops = [...event.currentTarget.querySelectorAll<HTMLElement>("input, button")].filter((element) =>
      element.checkVisibility(),
    );
    const here = stops.indexOf(document.activeElement as HTMLElement);
    stops[(here + step + stops.length) % stops.length]?.focus();
  };
  return (
    <GridRow
      className={clsx(
        rowGrid,
        "sticky top-0 z-20 hidden h-9 items-center rounded-t-lg border-line border-b bg-surface @min-[52rem]:grid",
      )}
      onKeyDown={onKeyDown}
    >
      <GridHead className="flex justify-center">
        <Checkbox
          aria-label={`Select all ${matching} matching tokens`}
          checked={selected === "all"}
          disabled={matching === 0}
          indeterminate={selected === "some"}
          onChange={onSelectAll}
          tabIndex={-1}
        />
      </GridHead>
      {headColumns.map(({ cell, title, sort: column }) => (
        <GridHead
          aria-sort={
            column === undefined || column !== sort.column
              ? undefined
              : sort.direction === "asc"
                ? "ascending"
                : "descending"
          }
          className={clsx(cellClass[cell], "min-w-0 items-center px-2 text-ink-faint text-xs")}
          key={cell}
        >
          {column ? (
            <SortButton
              direction={column === sort.column ? sort.direction : undefined}
              onPress={() => onSort(column)}
              title={title}
            />
          ) : (
            title
          )}
        </GridHead>
      ))}
      <GridHead className="px-2">
        <span className="sr-only">Actions</span>
      </GridHead>
    </GridRow>
  );
}

type SortButtonProps = { title: string; direction: Sort["direction"] | undefined; onPress: () => void };

function SortButton({ title, direction, onPress }: SortButtonProps) {
  const Arrow = direction === "asc" ? ArrowUp : ArrowDown;
  return (
    <button
      className={clsx(
        "group/sort -mx-1 inline-flex h-6 max-w-full items-center gap-1 rounded-sm px-1 hover:bg-hover hover:text-ink",
        direction && "font-medium text-ink",
      )}
      onClick={onPress}
      tabIndex={-1}
      type="button"
    >
      <span className="truncate">{title}</span>
      <Arrow
        aria-hidden
        className={clsx("size-3 shrink-0", !direction && "opacity-0 group-hover/sort:opacity-60")}
      />
    </button>
  );
}
