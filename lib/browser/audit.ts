import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { AuditPage, AuditQuery, AuditVerification } from "@/lib/contracts/audit";
import { ApiError, api } from "./api";
import { isRefresh } from "./query-client";

export type AuditFilters = Omit<AuditQuery, "cursor">;

export const auditKeys = {
  all: ["audit"] as const,
  list: (filters: AuditFilters) => [...auditKeys.all, "list", filters] as const,
  state: () => [...auditKeys.all, "state"] as const,
};

/** The query string of these filters, without the empty ones. */
export function auditSearch(query: AuditQuery & { format?: "jsonl" | "csv" }): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value) search.set(name, value);
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

async function fetchAudit(
  query: AuditQuery,
  options: { signal: AbortSignal; background: boolean },
): Promise<AuditPage> {
  return await api<AuditPage>(`/api/audit${auditSearch(query)}`, options);
}

export const auditOptions = (filters: AuditFilters) =>
  infiniteQueryOptions({
    queryKey: auditKeys.list(filters),
    queryFn: ({ pageParam, signal, client, queryKey }) =>
      fetchAudit(
        { ...filters, cursor: pageParam },
        { signal, background: pageParam === undefined && isRefresh(client, queryKey) },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });

export function useAudit(filters: AuditFilters) {
  return useInfiniteQuery(auditOptions(filters));
}

/** Checking reads the trail from its first entry: what was seen lately will do. */
const stateStaleMs = 10_000;

export const auditStateOptions = () =>
  queryOptions({
    queryKey: auditKeys.state(),
    queryFn: ({ signal, client, queryKey }) =>
      api<AuditVerification>("/api/audit/verify", { signal, background: isRefresh(client, queryKey) }),
    staleTime: stateStaleMs,
    refetchOnWindowFocus: false,
    // A long trail is still being read when the answer comes.
    refetchInterval: ({ state }) => (isVerifying(state.data, state.error) ? 3_000 : false),
  });

/** Whether the desk is still reading the trail. */
export const isVerifying = (state: AuditVerification | undefined, error: unknown): boolean =>
  state?.verifying === true || (error instanceof ApiError && error.code === "audit_verifying");

/** What the trail proves of itself. */
export function useAuditState() {
  return useQuery(auditStateOptions());
}
