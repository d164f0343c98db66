import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Connection, SignInInput } from "@/lib/contracts/sessions";
import { api } from "./api";
import { sessionKeys } from "./session";

async function connect(input: SignInInput): Promise<Connection> {
  return await api<Connection>("/api/connections", { method: "POST", body: input });
}

async function disconnect(id: string): Promise<void> {
  await api<void>(`/api/connections/${encodeURIComponent(id)}`, { method: "DELETE" });
}

/**
 * Connections decide what everything else shows, so all lists are asked for anew. The session comes first, and is
 * waited for; the rest refreshes behind it.
 */
function useRefreshAfterConnecting() {
  const queries = useQueryClient();
  return async () => {
    await queries.invalidateQueries({ queryKey: sessionKeys.all });
    void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== sessionKeys.all[0] });
  };
}

/** Connects another portal user, or signs in again as one whose connection has ended. */
export function useConnect() {
  const refresh = useRefreshAfterConnecting();
  return useMutation({ mutationFn: connect, onSuccess: refresh });
}

/** With the last one the session ends: there is nothing left to ask for. */
export function useDisconnect({ isLast }: { isLast: boolean }) {
  const refresh = useRefreshAfterConnecting();
  return useMutation({ mutationFn: disconnect, onSuccess: isLast ? undefined : refresh });
}
