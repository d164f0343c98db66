import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Operation } from "@/lib/contracts/tokens";
import { ApiError, api } from "./api";
import { untilNextTry } from "./next-try";
import { invalidateTokens } from "./tokens";

const operationKeys = {
  all: ["operations"] as const,
  one: (id: string) => [...operationKeys.all, id] as const,
};

const pathOf = (id: string) => `/api/operations/${encodeURIComponent(id)}`;

async function fetchOperation(id: string, signal: AbortSignal): Promise<Operation> {
  return await api<Operation>(pathOf(id), { signal, background: true });
}

async function retryOperation(id: string): Promise<Operation> {
  return await api<Operation>(`${pathOf(id)}/retry`, { method: "POST" });
}

/** Whether the operation has come to its end, whatever that was. */
export function isSettled(operation: Pick<Operation, "state">): boolean {
  return operation.state === "done" || operation.state === "recovered" || operation.state === "failed";
}

/** How soon to look again: the first tries come within seconds, a wait for the portal is longer, to when it is over at most. */
function pollMs(operation: Operation | undefined, error: unknown): number | false {
  // Somebody else's, or none: that does not change.
  if (!operation) return error instanceof ApiError && error.code === "not_found" ? false : 1_000;
  if (isSettled(operation)) return false;
  if (operation.state !== "checking") return 800;
  const waiting = operation.items.filter(({ state }) => state === "checking");
  return Math.min(...waiting.map(({ retryAfter }) => untilNextTry(retryAfter, 2_500)));
}

const operationOptions = (id: string) =>
  queryOptions({
    queryKey: operationKeys.one(id),
    queryFn: ({ signal }) => fetchOperation(id, signal),
    staleTime: 0,
    refetchInterval: ({ state }) => pollMs(state.data, state.error),
    refetchIntervalInBackground: false,
  });

/** An operation, followed to its end; then the list is asked for anew. */
export function useOperation(id: string) {
  const queries = useQueryClient();
  const query = useQuery(operationOptions(id));
  const settled = query.data ? isSettled(query.data) : false;
  useEffect(() => {
    if (settled) void invalidateTokens(queries);
  }, [settled, queries]);
  return query;
}

/** Asks for an operation before it is shown, so that there is something to show. Without an answer whoever shows it goes on asking. */
export function useAskAhead(): (id: string) => Promise<void> {
  const queries = useQueryClient();
  return (id) => queries.prefetchQuery({ ...operationOptions(id), retry: false });
}

/** Tries the failed items of an operation once more. */
export function useRetryOperation() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: retryOperation,
    onSuccess: (operation, id) => queries.setQueryData(operationOptions(id).queryKey, operation),
  });
}
