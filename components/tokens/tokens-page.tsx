"use client";

import { Plus, ShieldAlert } from "lucide-react";
import dynamic from "next/dynamic";
import { useCallback, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { useSession } from "@/lib/browser/session";
import { useTokenList } from "@/lib/browser/token-list";
import { choicesOf } from "@/lib/browser/token-table/rows";
import { nothingSelected } from "@/lib/browser/token-table/selection";
import type { TokenListStart } from "@/lib/contracts/tokens";
import { needsRevoked } from "@/lib/shared/token-table/views";
import { FirstRun, NoneLeft, NothingFound, NothingKnown, RowsLoading } from "./table/empty-lists";
import { FilterBar } from "./table/filter-bar";
import { MintNotices } from "./table/mint-notices";
import { SearchField } from "./table/search-field";
import { SelectionBar } from "./table/selection-bar";
import { SourceNotices } from "./table/source-notices";
import { StatCards } from "./table/stat-cards";
import { type TableHandle, TokenTable } from "./table/token-table";
import { useIdentify } from "./table/use-identify";
import { usePageCommands } from "./table/use-page-commands";
import { useTableRows } from "./table/use-table-rows";
import { isFiltered, useTableState } from "./table/use-table-state";
import { TokenDialogsProvider, useTokenDialogs } from "./token-dialogs";
import { useTokenActions } from "./use-token-actions";

const UnclaimedNotice = dynamic(() => import("./table/unclaimed-notice"));
const PastedNotice = dynamic(() => import("./table/pasted-notice"), { ssr: false });

/** The tokens of all connected portal users. */
export function TokensPage({ start }: { start: TokenListStart }) {
  return (
    <TokenDialogsProvider>
      <Tokens start={start} />
    </TokenDialogsProvider>
  );
}

function Tokens({ start }: { start: TokenListStart }) {
  const state = useTableState();
  const { filters, sort, grouped, setPasted } = state;
  // A pasted token is found wherever it is.
  const list = useTokenList(start, needsRevoked(filters.view) || filters.only !== null);
  const table = useTableRows(list, filters, sort, grouped);
  const { actions, activity } = useTokenActions();
  const { open } = useTokenDialogs();
  const { identify, identifying, giveUp } = useIdentify(list.items, setPasted);
  const [selection, setSelection] = useState(nothingSelected);
  const search = useRef<HTMLInputElement>(null);
  const grid = useRef<TableHandle>(null);
  const choices = useCallback(() => choicesOf(list.items), [list.items]);
  const mintReason = useMintReason();
  usePageCommands({ search, grid, state, mintReason, matching: table.matching, whole: list.whole });
  // The button that shows all again goes, and the focus with it.
  const toSearch = () => search.current?.focus();

  const isNarrowed = isFiltered({ ...filters, view: "current" });
  const isNone = list.total === 0 && !isFiltered(filters);
  const isEmpty = isNone && table.counts.revokedLately === 0;
  // None shown is none only where every portal has shown its list, now or before.
  const isKnown = !list.error && list.sources.every((source) => source.fetchedAt && !source.withheld);
  return (
    <div className="mx-auto grid max-w-[100rem] grid-cols-1 gap-4">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <h1 className="font-semibold text-ink text-xl tracking-[-0.018em]">Tokens</h1>
        <div className="order-last w-full sm:order-none sm:w-72 lg:w-96">
          <SearchField
            identifying={identifying}
            onLeave={() => grid.current?.focusFirst()}
            onQuery={(text) => {
              giveUp();
              state.setQuery(text);
            }}
            onToken={(value) => void identify(value)}
            query={filters.query}
            ref={search}
          />
        </div>
        <div className="ml-auto flex items-center gap-2">
          <Button
            disabledReason={mintReason}
            icon={<ShieldAlert aria-hidden className="size-4" />}
            onClick={() => open({ kind: "revoke-value" })}
          >
            <span className="max-lg:sr-only">Compromised token?</span>
          </Button>
          <Button
            disabledReason={mintReason}
            icon={<Plus aria-hidden className="size-4" />}
            onClick={() => open({ kind: "mint" })}
            variant="primary"
          >
            <span className="sm:hidden">Mint</span>
            <span className="max-sm:hidden">Mint token</span>
          </Button>
        </div>
      </header>
      <StatCards
        counts={isEmpty && !isKnown ? undefined : table.counts}
        onView={state.setView}
        view={filters.view}
      />
      <MintNotices listedAt={start.fetchedAt} />
      <SourceNotices list={list} onRefresh={() => void list.refresh()} />
      {state.pasted ? (
        <PastedNotice
          onClear={() => {
            setPasted(null);
            toSearch();
          }}
          onRevoke={() => open({ kind: "revoke-value" })}
          pasted={state.pasted}
        />
      ) : null}
      {isEmpty && !isKnown ? (
        <NothingKnown />
      ) : isEmpty ? (
        <FirstRun onMint={() => open({ kind: "mint" })} />
      ) : (
        <>
          <FilterBar
            choices={choices}
            fetchedAt={list.fetchedAt}
            matching={table.matching.length}
            onRefresh={() => void list.refresh()}
            partial={!list.whole}
            refreshing={list.refreshing}
            state={state}
            total={table.total}
          />
          {filters.view === "unclaimed" ? (
            <UnclaimedNotice
              expected={list.whole ? undefined : isNarrowed ? 0 : table.counts.unclaimed}
              matching={table.matching}
              onOneByOne={() => grid.current?.nameFirst()}
            />
          ) : null}
          {table.rows.length === 0 && state.pasted ? null : table.rows.length === 0 && !list.whole ? (
            list.error ? null : (
              <RowsLoading />
            )
          ) : table.rows.length === 0 && isNone ? (
            isKnown ? (
              <NoneLeft onMint={() => open({ kind: "mint" })} onRevoked={() => state.setView("revoked")} />
            ) : (
              <NothingKnown />
            )
          ) : table.rows.length === 0 ? (
            <NothingFound
              onClear={() => {
                state.clear();
                toSearch();
              }}
              query={filters.query}
            />
          ) : (
            <TokenTable
              actions={actions}
              activity={activity}
              handle={grid}
              listing={table.listing}
              matching={table.matching}
              minute={table.minute}
              onSelection={setSelection}
              onSort={state.sortBy}
              rows={table.rows}
              selection={selection}
              sort={sort}
              words={table.words}
            />
          )}
        </>
      )}
      <SelectionBar
        items={list.items}
        matching={table.matching}
        onSelection={setSelection}
        selection={selection}
      />
    </div>
  );
}

/** Without a live connection there is nobody to mint as. */
function useMintReason(): string | undefined {
  const { data: session } = useSession();
  const live = session?.connections.some((connection) => connection.state === "live");
  return session && !live ? "Sign in to a portal user again first" : undefined;
}
