import { type QueryClient, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Token, TokenCounts, TokenList, TokenListStart } from "@/lib/contracts/tokens";
import { api } from "./api";
import { useCalm } from "./calm";
import { isRefresh } from "./query-client";
import { tokenKeys } from "./tokens";

async function fetchTokens(options: { signal?: AbortSignal; background: boolean }): Promise<TokenList> {
  return await api<TokenList>("/api/tokens", options);
}

const tokenListOptions = () =>
  queryOptions({
    queryKey: tokenKeys.list(),
    // A page that was rendered with its first rows asks for the rest without a person's doing, as timers do.
    queryFn: ({ signal }) => fetchTokens({ signal, background: true }),
    // Comparing 10,000 tokens field by field costs more than drawing the thirty rows that show.
    structuralSharing: false,
  });

/** What is revoked is kept for ever, and more each year: it is asked for by itself, where somebody looks at it. */
const revokedOptions = () =>
  queryOptions({
    queryKey: tokenKeys.revoked(),
    queryFn: ({ signal, client, queryKey }) =>
      api<TokenList>("/api/tokens?status=revoked", { signal, background: isRefresh(client, queryKey) }),
    structuralSharing: false,
  });

const minuteMs = 60_000;
/** However soon a portal may be asked again, the list is not sooner. */
export const shortestSeconds = 5;
/** A revocation is mostly proven within seconds; so long the list follows it closely. */
const freshMs = 2 * minuteMs;
const whileRevokingMs = 10_000;

export type TokenListState = {
  items: readonly Token[];
  sources: TokenList["sources"];
  fetchedAt: string;
  /** When this browser got it, in milliseconds since the epoch; missing where it came with the page. */
  answeredAt?: number;
  stale: boolean;
  /** The server's figures, until the whole list is there to count. */
  counts?: TokenCounts;
  /** How many were revoked lately, where those are not among the items. */
  revokedLately?: number;
  total: number;
  /** Whether every token is here that was asked for. */
  whole: boolean;
  refreshing: boolean;
  /** Why the last refresh failed; what is shown is older then. */
  error: unknown;
  refresh: () => Promise<unknown>;
};

/**
 * The list, from what the page was rendered with on. The rest is fetched once, after that the list is renewed each
 * minute and when the window gets the focus.
 * @param withRevoked whether what is revoked is to be among the items.
 */
export function useTokenList(start: TokenListStart, withRevoked: boolean): TokenListState {
  const queries = useQueryClient();
  const isWhole = start.items.length >= start.total;
  const isCalm = useCalm();
  const renewed = { refetchOnWindowFocus: "always" } as const;
  const { data, dataUpdatedAt, isFetching, error } = useQuery({
    ...tokenListOptions(),
    ...renewed,
    enabled: isCalm,
    ...(isWhole ? { initialData: start, initialDataUpdatedAt: startedAt(start) } : {}),
    refetchInterval: ({ state }) => renewalMs(state.data),
  });
  const revoked = useQuery({
    ...revokedOptions(),
    ...renewed,
    enabled: isCalm && withRevoked,
    refetchInterval: minuteMs,
  });
  const list = data ?? start;
  const ended = withRevoked ? revoked.data : undefined;
  const items = useMemo(() => joined(list.items, ended?.items ?? []), [list.items, ended]);
  return {
    items,
    sources: list.sources,
    fetchedAt: list.fetchedAt,
    answeredAt: list === start ? undefined : dataUpdatedAt,
    stale: list.stale,
    counts: data ? undefined : start.counts,
    revokedLately: ended ? undefined : list.revokedLately,
    total: data ? items.length : Math.max(start.total, items.length),
    whole: data !== undefined && (!withRevoked || ended !== undefined),
    refreshing: isFetching || revoked.isFetching,
    error: error ?? (withRevoked ? revoked.error : null),
    refresh: () => refreshByHand(queries),
  };
}

/** Both lists; what was revoked, or came back, between the two stands in both. */
function joined(current: readonly Token[], revoked: readonly Token[]): readonly Token[] {
  if (revoked.length === 0) return current;
  const ids = new Set(current.map(({ id }) => id));
  return [...current, ...revoked.filter(({ id }) => !ids.has(id))];
}

/** Each minute; where a portal said when it is worth asking again, then; sooner while something is being revoked. */
function renewalMs(list: TokenList | undefined): number {
  const waits = list?.sources.flatMap((source) => source.retryAfter ?? []) ?? [];
  const calmMs = list?.items.some(isFreshlyRevoking) ? whileRevokingMs : minuteMs;
  return Math.min(calmMs, ...waits.map((seconds) => Math.max(shortestSeconds, seconds) * 1_000));
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
  void queries.invalidateQueries({ queryKey: tokenKeys.revoked() });
  await queries
    .fetchQuery({
      ...tokenListOptions(),
      queryFn: ({ signal }) => fetchTokens({ signal, background: false }),
      staleTime: 0,
    })
    // The query keeps its error, and the page shows it.
    .catch(() => undefined);
}

/** What is known of every token that is not revoked, for questions like "is this name taken"; nothing is fetched for it. */
export function useKnownTokens(): readonly Token[] {
  const { data } = useQuery({ ...tokenListOptions(), enabled: false });
  return data?.items ?? [];
}
