"use client";

import { useDeferredValue, useMemo } from "react";
import { useNow } from "@/components/ui/relative-time";
import type { TokenListState } from "@/lib/browser/token-list";
import {
  buildRows,
  type Filters,
  filterTokens,
  type TableRow,
  tokensOf,
  totalFor,
} from "@/lib/browser/token-table/rows";
import type { Token, TokenCounts } from "@/lib/contracts/tokens";
import { type Sort, sortTokens } from "@/lib/shared/token-table/order";
import { searchWords } from "@/lib/shared/token-table/search";
import { countTokens } from "@/lib/shared/token-table/views";

const minuteMs = 60_000;

export type TableRows = {
  rows: TableRow[];
  /** The tokens that are left, in the order of the rows. */
  matching: Token[];
  total: number;
  counts: TokenCounts;
  /** Is another one when the rows are of another filter or order; with new data it stays. */
  listing: unknown;
  /** What to mark. */
  words: string[];
  /** The minute that the badges are computed for. */
  minute: number;
};

/**
 * From the list to the rows, in steps that are each kept until what they depend on changes: typing filters 10,000
 * tokens, it never sorts them.
 */
export function useTableRows(
  list: TokenListState,
  filters: Filters,
  sort: Sort,
  grouped: boolean,
): TableRows {
  const minute = Math.floor(useNow() / minuteMs) * minuteMs;
  // Letters show at once; a long list may follow a moment later.
  const settled = useDeferredValue(filters);
  const sorted = useMemo(() => sortTokens(list.items, sort, minute), [list.items, sort, minute]);
  const filtered = useMemo(() => filterTokens(sorted, settled, minute), [sorted, settled, minute]);
  const rows = useMemo(() => buildRows(filtered, grouped), [filtered, grouped]);
  const matching = useMemo(() => (grouped ? tokensOf(rows) : filtered), [grouped, rows, filtered]);
  const { counts: given, revokedLately } = list;
  const counts = useMemo(() => {
    const counted = given ?? countTokens(list.items, minute);
    return revokedLately === undefined ? counted : { ...counted, revokedLately };
  }, [given, revokedLately, list.items, minute]);
  const total = useMemo(
    () => (list.whole ? totalFor(list.items, settled.view) : list.total),
    [list.items, list.whole, list.total, settled.view],
  );
  const words = useMemo(() => searchWords(settled.query), [settled.query]);
  const listing = useMemo(() => ({ settled, sort, grouped }), [settled, sort, grouped]);
  return { rows, matching, total, counts, listing, words, minute };
}
