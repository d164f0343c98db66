import { type QueryClient, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Token, TokenCounts, TokenList, TokenListStart } from "@/lib/contracts/tokens";
import { api } from "./api";
import { useCalm } from "./calm";
import { tokenKeys } from "./tokens";

async function fetchTokens(options: { signal?: AbortSignal; background: boolean }): Promise<TokenList> {
  return await api<TokenList>("/api/tokens?status=all", options);
}

const tokenListOptions = () =>
  queryOptions({
    queryKey: tokenKeys.list(),
    // A page that was rendered with its first rows asks for the rest without a person's doing, as timers do.
    queryFn: ({ signal }) => fetchTokens({ signal, background: true }),
    // Comparing 10,000 tokens field by field costs more than drawing the thirty rows that show.
    structuralSharing: false,
  });

const minuteMs = 60_000;
const shortestMs = 5_000;
/** A revocation is mostly proven within seconds; so long the list follows it closely. */
const freshMs = 2 * minuteMs;
const whileRevokingMs = 10_000;

export type TokenListState = {
  items: readonly Token[];
  sources: TokenList["sources"];
  fetchedAt: string;
  stale: boolean;
  /** The server's figures, until the whole list is there to count. */
  counts?: TokenCounts;
  total: number;
  /** Whether every token is here, revoked ones too. */
  whole: boolean;
  refreshing: boolean;
  /** Why the last refresh failed; what is shown is older then. */
  error: unknown;
  refresh: () => Promise<unknown>;
};

/**
 * The list, from what the page was rendered with on. The rest is fetched once, after that the list is renewed each
 * minute and when the window gets the focus.
 */
export function useTokenList(start: TokenListStart): TokenListState {
  const queries = useQueryClient();
  const isWhole = start.items.length >= start.total;
  const isCalm = useCalm();
  const { data, isFetching, error } = useQuery({
    ...tokenListOptions(),
    enabled: isCalm,
    ...(isWhole ? { initialData: start, initialDataUpdatedAt: startedAt(start) } : {}),
    refetchInterval: ({ state }) => renewalMs(state.data),
    refetchOnWindowFocus: "always",
  });
  const list = data ?? start;
  return {
    items: list.items,
    sources: list.sources,
    fetchedAt: list.fetchedAt,
    stale: list.stale,
    counts: data ? undefined : start.counts,
    total: data ? data.items.length : Math.max(start.total, start.items.length),
    whole: data !== undefined,
    refreshing: isFetching,
    error,
    refresh: () => refreshByHand(queries),
  };
}

/** Each minute; where a portal said when it is worth asking again, then; sooner while something is being revoked. */
function renewalMs(list: TokenList | undefined): number {
  const waits = list?.sources.flatMap((source) => source.retryAfter ?? []) ?? [];
  const calmMs = list?.items.some(isFreshlyRevoking) ? whileRevokingMs : minuteMs;
  return Math.max(shortestMs, Math.min(calmMs, ...waits.map((seconds) => seconds * 1_000)));
}

function isFreshlyRevoking({ revoking }: Token): boolean {
  return revoking !== undefined && Date.now() - Date.parse(revoking.since) < freshMs;
}

/** What is stale is asked for again. */
function startedAt(start: TokenListStart): number {
  return start.stale ? 0 : Date.parse(start.fetchedAt);
}

/** A person asked for it, so the call counts as activity. */
async function refreshByHand(queries: QueryClient): Promise<void> {
  await queries.cancelQueries({ queryKey: tokenKeys.list() });
  await queries
    .fetchQuery({
      ...tokenListOptions(),
      queryFn: ({ signal }) => fetchTokens({ signal, background: false }),
      staleTime: 0,
    })
    // The query keeps its error, and the page shows it.
    .catch(() => undefined);
}

/** What is known of every token, for questions like "is this name taken"; nothing is fetched for it. */
export function useKnownTokens(): readonly Token[] {
  const { data } = useQuery({ ...tokenListOptions(), enabled: false });
  return data?.items ?? [];
}
