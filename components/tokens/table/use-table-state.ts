"use client";

import { createParser, createSerializer, debounce, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { Filters } from "@/lib/browser/token-table/rows";
import {
  defaultSort,
  firstDirection,
  type Sort,
  type SortColumn,
  sortColumns,
} from "@/lib/shared/token-table/order";
import { fitsAddress } from "@/lib/shared/token-table/search";
import { type View, views } from "@/lib/shared/token-table/views";
import { noteList } from "../last-shown";

/** A text out of the URL, unless somebody put a token there: then it is neither searched for nor written back. */
const parseAsSearch = createParser({
  parse: (text) => (text.trim() !== "" && fitsAddress(text) ? text : null),
  serialize: (text: string) => text,
});

const parsers = {
  q: parseAsSearch.withDefault(""),
  show: parseAsStringLiteral(views).withDefault("current"),
  owner: parseAsSearch,
  env: parseAsSearch,
  tag: parseAsSearch,
  sort: parseAsStringLiteral(sortColumns).withDefault(defaultSort.column),
  dir: parseAsStringLiteral(["asc", "desc"] as const).withDefault(defaultSort.direction),
  group: parseAsStringLiteral(["owner"] as const),
};

const toAddress = createSerializer(parsers);

/** What a pasted token was found to be: ids only, the value is gone by then. */
export type Pasted = { ids: readonly string[] };

export type TableState = {
  filters: Filters;
  sort: Sort;
  grouped: boolean;
  pasted: Pasted | null;
  setQuery: (text: string) => void;
  setView: (view: View) => void;
  setOwner: (owner: string | null) => void;
  setEnvironment: (environment: string | null) => void;
  setTag: (tag: string | null) => void;
  /** A second press on the same column turns it around. */
  sortBy: (column: SortColumn) => void;
  setSort: (sort: Sort) => void;
  setGrouped: (grouped: boolean) => void;
  setPasted: (pasted: Pasted | null) => void;
  /** Everything but the sort. */
  clear: () => void;
};

/**
 * Filters, sort and search, kept in the URL, so that a list can be sent and reloaded. What may be part of a token stays
 * in memory (URLs end up in histories and logs), and so does what is too long for one.
 */
export function useTableState(): TableState {
  const [params, setParams] = useQueryStates(parsers, { history: "replace" });
  const [unwritten, setUnwritten] = useState("");
  const [pasted, setPasted] = useState<Pasted | null>(null);
  const query = unwritten || params.q;

  useEffect(() => {
    // Somebody put a token into the address: at least it does not stay there.
    for (const [name, text] of new URLSearchParams(location.search))
      if (!fitsAddress(text)) void setParams({ [name]: null });
  }, [setParams]);

  useEffect(() => noteList(toAddress("/tokens", params)), [params]);

  const setQuery = useCallback(
    (text: string) => {
      const fits = fitsAddress(text);
      setUnwritten(fits ? "" : text);
      setPasted(null);
      // Browsers limit how often an address may change; the list itself follows each letter.
      void setParams({ q: (fits && text) || null }, { limitUrlUpdates: debounce(250) });
    },
    [setParams],
  );
  const sort = useMemo(
    (): Sort => ({ column: params.sort, direction: params.dir }),
    [params.sort, params.dir],
  );
  const setSort = useCallback(
    (next: Sort) => void setParams({ sort: next.column, dir: next.direction }),
    [setParams],
  );

  return {
    filters: useMemo(
      () => ({
        view: params.show,
        owner: params.owner,
        environment: params.env,
        tag: params.tag,
        query,
        only: pasted?.ids ?? null,
      }),
      [params.show, params.owner, params.env, params.tag, query, pasted],
    ),
    sort,
    grouped: params.group === "owner",
    pasted,
    setQuery,
    setView: (show) => void setParams({ show }),
    setOwner: (owner) => void setParams({ owner }),
    setEnvironment: (env) => void setParams({ env }),
    setTag: (tag) => void setParams({ tag }),
    sortBy: (column) =>
      setSort({
        column,
        direction:
          column === sort.column ? (sort.direction === "asc" ? "desc" : "asc") : firstDirection[column],
      }),
    setSort,
    setGrouped: (grouped) => void setParams({ group: grouped ? "owner" : null }),
    setPasted,
    clear: () => {
      setUnwritten("");
      setPasted(null);
      void setParams({ q: null, show: null, owner: null, env: null, tag: null });
    },
  };
}

/** Whether anything narrows the list. */
export function isFiltered(filters: Filters): boolean {
  return (
    filters.view !== "current" ||
    filters.owner !== null ||
    filters.environment !== null ||
    filters.tag !== null ||
    filters.query.trim() !== "" ||
    filters.only !== null
  );
}
