"use client";

import { RefreshCw, X } from "lucide-react";
import { IconButton } from "@/components/ui/icon-button";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Choices } from "@/lib/browser/token-table/rows";
import { isolate } from "@/lib/shared/isolate";
import { ownerNameOf, viewWords } from "../token-words";
import { FilterPopover } from "./filter-popover";
import type { TableState } from "./use-table-state";

type FilterBarProps = {
  state: TableState;
  choices: () => Choices;
  /** "3 of 12". */
  matching: number;
  total: number;
  /** Whether the rest is still on its way. */
  partial: boolean;
  fetchedAt: string;
  refreshing: boolean;
  onRefresh: () => void;
};

/** What narrows the list, how much is left of it, and how fresh it is. */
export function FilterBar(props: FilterBarProps) {
  const { state, choices, matching, total, partial, fetchedAt, refreshing, onRefresh } = props;
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-2">
      <FilterPopover choices={choices} state={state} />
      <Chips choices={choices} state={state} />
      <p className="ml-auto whitespace-nowrap text-ink-soft text-xs tabular-nums" role="status">
        {matching.toLocaleString("en")} of {total.toLocaleString("en")}
        {partial ? ", the rest is loading" : ""}
      </p>
      <span aria-hidden className="h-3.5 w-px bg-line-strong max-sm:hidden" />
      <p className="flex items-center gap-1 whitespace-nowrap text-ink-faint text-xs">
        <span className="max-sm:sr-only">Updated </span>
        <RelativeTime at={fetchedAt} focusable={false} />
        <IconButton
          busy={refreshing}
          icon={<RefreshCw aria-hidden className="size-3.5" />}
          label="Refresh the list"
          onClick={onRefresh}
          size="sm"
        />
      </p>
    </div>
  );
}

/** What is narrowed, each to be taken off. */
function Chips({ state, choices }: { state: TableState; choices: () => Choices }) {
  const { filters } = state;
  if (filters.only) return <Chip label="The pasted token" onRemove={() => state.setPasted(null)} />;
  const owner =
    filters.owner === null ? undefined : choices().owners.find(({ key }) => key === filters.owner)?.owner;
  return (
    <>
      {filters.view === "current" ? null : (
        <Chip label={viewWords[filters.view]} onRemove={() => state.setView("current")} />
      )}
      {filters.owner === null ? null : (
        <Chip label={owner ? ownerNameOf(owner) : "Owner"} onRemove={() => state.setOwner(null)} />
      )}
      {filters.environment === null ? null : (
        <Chip label={filters.environment || "No environment"} onRemove={() => state.setEnvironment(null)} />
      )}
      {filters.tag === null ? null : <Chip label={`#${filters.tag}`} onRemove={() => state.setTag(null)} />}
      {state.grouped ? <Chip label="By owner" onRemove={() => state.setGrouped(false)} /> : null}
    </>
  );
}

function Chip({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <button
      aria-label={`Remove the filter ${isolate(label)}`}
      className="inline-flex h-7 max-w-52 items-center gap-1 rounded-full border border-accent-line bg-accent-soft pr-1.5 pl-2.5 text-accent-text text-xs hover:border-accent pointer-coarse:h-11"
      onClick={(event) => {
        // The chip goes, and the focus with it: on to the button that filters.
        event.currentTarget.parentElement?.querySelector("button")?.focus();
        onRemove();
      }}
      type="button"
    >
      <bdi className="truncate">{label}</bdi>
      <X aria-hidden className="size-3 shrink-0" />
    </button>
  );
}
