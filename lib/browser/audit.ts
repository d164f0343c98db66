import { infiniteQueryOptions, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import type { AuditPage, AuditQuery, AuditVerification } from "@/lib/contracts/audit";
import { api } from "./api";
import { isRefresh } from "./query-client";

export type AuditFilters = Omit<AuditQuery, "cursor">;

export const auditKeys = {
  all: ["audit"] as const,
  list: (filters: AuditFilters) => [...auditKeys.all, "list", filters] as const,
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

async function verifyAudit(): Promise<AuditVerification> {
  return await api<AuditVerification>("/api/audit/verify");
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

/** Checks the chain from its first entry; on demand, because it reads them all. */
export function useVerifyAudit() {
  return useMutation({ mutationFn: verifyAudit });
}
