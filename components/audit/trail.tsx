"use client";

import { ScrollText, SearchX } from "lucide-react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Skeleton } from "@/components/ui/skeleton";
import type { useAudit } from "@/lib/browser/audit";
import { problemWords } from "@/lib/browser/problem-words";
import type { FilterPatch } from "./audit-filters";
import { foldIntents } from "./fold-intents";
import { TrailEntry, trailGrid } from "./trail-entry";

type TrailProps = {
  query: ReturnType<typeof useAudit>;
  filtered: boolean;
  onChange: (patch: FilterPatch) => void;
  onClear: () => void;
};

export function Trail({ query, filtered, onChange, onClear }: TrailProps) {
  const { data, error } = query;
  if (!data && error) return <Failed error={error} onRetry={() => void query.refetch()} />;
  if (!data) return <Loading />;
  const entries = data.pages.flatMap((page) => page.items);
  if (entries.length === 0) return <Nothing filtered={filtered} onClear={onClear} />;
  const rows = foldIntents(entries);
  return (
    <section aria-busy={query.isFetching} aria-label="Entries, newest first">
      {error ? <Failed error={error} onRetry={() => void query.refetch()} /> : null}
      <div className="overflow-hidden rounded-lg border border-line bg-surface shadow-card">
        <div
          aria-hidden
          className={`${trailGrid} hidden border-line border-b bg-sunken/60 px-4 py-2 text-ink-faint text-xs lg:grid`}
        >
          <span>When</span>
          <span>Who</span>
          <span>What</span>
          <span>Outcome</span>
          <span>From</span>
          <span />
        </div>
        <ol>
          {rows.map((row) => (
            <TrailEntry key={row.entry.seq} onChange={onChange} row={row} />
          ))}
        </ol>
      </div>
      <div className="mt-4 flex items-center justify-center">
        {query.hasNextPage ? (
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load older
          </Button>
        ) : (
          <p className="text-ink-faint text-xs">
            {filtered ? "That is everything that matches." : "That is the beginning of the trail."}
          </p>
        )}
      </div>
    </section>
  );
}

function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const words = problemWords(error);
  return (
    <Banner
      action={
        <Button onClick={onRetry} size="sm">
          Try again
        </Button>
      }
      announce
      className="mb-3"
      title={words.title}
      tone="warn"
    >
      {words.next}
    </Banner>
  );
}

function Nothing({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  return (
    <div className="rounded-lg border border-line bg-surface shadow-card">
      {filtered ? (
        <EmptyState
          actions={<Button onClick={onClear}>Clear the filters</Button>}
          description="Nothing in the trail fits all of these filters."
          icon={<SearchX aria-hidden className="size-5" strokeWidth={1.6} />}
          title="No entry matches"
        />
      ) : (
        <EmptyState
          description="Signing in, minting, copying, checking and revoking all appear here."
          icon={<ScrollText aria-hidden className="size-5" strokeWidth={1.6} />}
          title="Nothing has happened yet"
        />
      )}
    </div>
  );
}

function Loading() {
  return (
    <div
      aria-label="Loading the trail"
      className="overflow-hidden rounded-lg border border-line bg-surface shadow-card"
      role="status"
    >
      {["a", "b", "c", "d", "e", "f", "g", "h"].map((row) => (
        <div className="flex items-center gap-6 border-line border-b px-4 py-3.5 last:border-b-0" key={row}>
          <Skeleton className="h-3.5 w-16" />
          <Skeleton className="h-3.5 w-40" />
          <Skeleton className="h-3.5 flex-1" />
          <Skeleton className="h-3.5 w-14" />
        </div>
      ))}
    </div>
  );
}
