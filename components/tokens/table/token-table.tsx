"use client";

import { type RefObject, useCallback, useEffect, useImperativeHandle, useMemo, useRef } from "react";
import { usePortalName } from "@/lib/browser/portals";
import { reasonAgainst } from "@/lib/browser/token-table/permissions";
import { type TableRow, tokensOf } from "@/lib/browser/token-table/rows";
import { type Selection, toggleOne, toggleRange, toggleShown } from "@/lib/browser/token-table/selection";
import type { Token } from "@/lib/contracts/tokens";
import type { Sort, SortColumn } from "@/lib/shared/token-table/order";
import { takeLastShown } from "../last-shown";
import { useTokenDialogs } from "../token-dialogs";
import type { TokenActions, TokenActivity } from "../use-token-actions";
import { KeptPlace } from "./kept-place";
import { OwnerRow } from "./owner-row";
import { rowKey } from "./row-layout";
import { TableHead } from "./table-head";
import { type RowHandlers, TokenRow } from "./token-row";
import { useNaming } from "./use-naming";
import { useRowFocus } from "./use-row-focus";
import { useTableKeys } from "./use-table-keys";
import { useVirtualRows } from "./use-virtual-rows";

/** What the page can ask of the table. */
export type TableHandle = {
  focusFirst: () => void;
  /** Opens the field of the first token without a name. */
  nameFirst: () => void;
};

type TokenTableProps = {
  rows: readonly TableRow[];
  matching: readonly Token[];
  words: readonly string[];
  minute: number;
  sort: Sort;
  onSort: (column: SortColumn) => void;
  selection: Selection;
  onSelection: (next: (now: Selection) => Selection) => void;
  actions: TokenActions;
  activity: TokenActivity;
  /** Changes with filter and order, not with new data: then the list starts at its top again. */
  listing: unknown;
  handle: RefObject<TableHandle | null>;
};

/** The grid: head, and those rows that are in sight. */
export function TokenTable(props: TokenTableProps) {
  const { rows, matching, selection, onSelection, actions, activity } = props;
  const grid = useRef<HTMLDivElement>(null);
  const portalName = usePortalName();
  const { setReturnFocus } = useTokenDialogs();
  const focus = useRowFocus(rows, grid, props.listing);
  const { list, virtualizer, drawn, rest, heights } = useVirtualRows(rows, focus.activeIndex);

  const { lead, focusIndex, activeElement } = focus;
  const moveTo = useCallback(
    (index: number) => {
      const at = focusIndex(index);
      if (at >= 0) virtualizer.scrollToIndex(at, { align: "auto" });
    },
    [focusIndex, virtualizer],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, with the rows that one comes back to
  useEffect(() => {
    const shown = takeLastShown();
    if (shown === null || document.activeElement !== document.body) return;
    const at = rows.findIndex((row) => row.kind === "token" && row.token.id === shown);
    if (at >= 0) moveTo(at);
  }, []);
  const naming = useNaming({
    rows,
    grid,
    lead: (index) => virtualizer.scrollToIndex(lead(index), { align: "auto" }),
    toRow: () => requestAnimationFrame(() => activeElement()?.focus({ preventScroll: true })),
  });
  useImperativeHandle(props.handle, () => ({ focusFirst: () => moveTo(0), nameFirst: naming.begin }));
  useEffect(() => {
    setReturnFocus(activeElement);
    return () => setReturnFocus(null);
  }, [setReturnFocus, activeElement]);

  const { edit, handlers: namingHandlers, saving } = naming;
  const latest = useRef({ rows, saving });
  useEffect(() => {
    latest.current = { rows, saving };
  });
  const handlers = useMemo((): RowHandlers => {
    const byId = (id: string) => tokensOf(latest.current.rows).find((token) => token.id === id);
    return {
      ...actions,
      select: (id, range) =>
        onSelection((now) =>
          range ? toggleRange(now, id, idsOf(tokensOf(latest.current.rows))) : toggleOne(now, id),
        ),
      rename: (id) => {
        const token = byId(id);
        if (!token || latest.current.saving.has(id)) return;
        if (reasonAgainst("edit", token) === undefined) edit(id);
        else actions.edit(token);
      },
      naming: namingHandlers,
    };
  }, [actions, edit, namingHandlers, onSelection]);

  const selectAll = () => onSelection((now) => toggleShown(now, idsOf(matching)));
  const shownSelected = useMemo(
    () => (selection.ids.size === 0 ? 0 : matching.filter((token) => selection.ids.has(token.id)).length),
    [matching, selection],
  );
  const onKeyDown = useTableKeys({
    rows,
    activeIndex: focus.activeIndex,
    moveTo,
    toHead: () => grid.current?.querySelector<HTMLElement>("[role=columnheader] button")?.focus(),
    handlers,
    selectAll,
    clearSelection: () => {
      if (selection.ids.size === 0) return false;
      onSelection(() => ({ ids: new Set(), anchor: null }));
      return true;
    },
  });

  return (
    <div className="@container">
      <KeptPlace heights={heights} list={list} listing={props.listing} rows={rows} />
      {/* biome-ignore lint/a11y/useSemanticElements: see grid.tsx */}
      <div
        aria-label="Tokens. Arrows move between rows, Enter opens one, and letters act on it: press ? for the keys."
        aria-multiselectable
        aria-rowcount={rows.length + 1}
        className="rounded-lg border border-line bg-surface shadow-card"
        onBlur={focus.onBlur}
        onFocus={focus.onFocus}
        onKeyDown={onKeyDown}
        ref={grid}
        role="grid"
        tabIndex={-1}
      >
        <TableHead
          matching={matching.length}
          onLeave={() => moveTo(focus.activeIndex)}
          onSelectAll={selectAll}
          onSort={props.onSort}
          selected={shownSelected === 0 ? "none" : shownSelected === matching.length ? "all" : "some"}
          sort={props.sort}
        />
        {/* Flow root: the gap before the first drawn row must not move the list itself. And the browser must not take rows
            that come and go for a shift, and scroll against it. */}
        {/* biome-ignore lint/a11y/useSemanticElements: see grid.tsx */}
        <div
          className="flow-root [overflow-anchor:none]"
          ref={list}
          role="rowgroup"
          style={{ paddingBottom: rest }}
        >
          {drawn.map(({ row, index, gap }) =>
            row.kind === "owner" ? (
              <OwnerRow
                gap={gap}
                index={index}
                key={rowKey(row)}
                portalName={portalName(row.owner.portal)}
                row={row}
                rowKey={rowKey(row)}
              />
            ) : (
              <TokenRow
                active={row.token.id === focus.activeId}
                checking={activity.checking.has(row.token.id)}
                copying={activity.copying?.id === row.token.id ? activity.copying.phase : undefined}
                draft={naming.failed.get(row.token.id)}
                editing={row.token.id === naming.editingId}
                gap={gap}
                handlers={handlers}
                hasNext={row.token.id === naming.editingId && naming.hasNext}
                index={index}
                key={row.token.id}
                minute={props.minute}
                portalName={portalName(row.token.owner.portal)}
                saving={saving.get(row.token.id)}
                selected={selection.ids.has(row.token.id)}
                selecting={selection.ids.size > 0}
                token={row.token}
                words={props.words}
              />
            ),
          )}
        </div>
      </div>
    </div>
  );
}

function idsOf(tokens: readonly Token[]): string[] {
  return tokens.map((token) => token.id);
}
