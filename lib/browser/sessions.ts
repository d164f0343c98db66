import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { OthersEnded, SessionList } from "@/lib/contracts/sessions";
import { ApiError, api } from "./api";
import { auditKeys } from "./audit";
import { isRefresh } from "./query-client";

const sessionListKeys = { all: ["sessions"] as const };

async function fetchSessions(options: { signal: AbortSignal; background: boolean }): Promise<SessionList> {
  return await api<SessionList>("/api/sessions", options);
}

async function endSession(id: string): Promise<void> {
  try {
    await api<void>(`/api/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
  } catch (error) {
    // It was over already: that is what was asked for.
    if (!(error instanceof ApiError && error.code === "not_found")) throw error;
  }
}

async function endOthers(): Promise<OthersEnded> {
  return await api<OthersEnded>("/api/sessions/end-others", { method: "POST" });
}

export const sessionListOptions = () =>
  queryOptions({
    queryKey: sessionListKeys.all,
    queryFn: ({ signal, client, queryKey }) =>
      fetchSessions({ signal, background: isRefresh(client, queryKey) }),
    refetchInterval: 60_000,
  });

/** Where one is signed in; for desk admins where everybody is. */
export function useSessions() {
  return useQuery(sessionListOptions());
}

/** After one has ended the list is asked for anew, and waited for; what the trail says of it comes behind. */
function useRefreshAfterEnding() {
  const queries = useQueryClient();
  return async () => {
    void queries.invalidateQueries({ queryKey: auditKeys.all });
    await queries.invalidateQueries({ queryKey: sessionListKeys.all });
  };
}

/** Ends a session, never the one that asks: signing out does that. */
export function useEndSession() {
  return useMutation({ mutationFn: endSession, onSettled: useRefreshAfterEnding() });
}

/** Ends all of one's own sessions but this one: all, or, when it fails, none. */
export function useEndOtherSessions() {
  return useMutation({ mutationFn: endOthers, onSettled: useRefreshAfterEnding() });
}
