import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import type { AuditEntry, AuditPage } from "@/lib/contracts/audit";
import { api } from "./api";
import { auditSearch } from "./audit";
import { useSession } from "./session";

/*
 * A page that is reloaded in the middle of a mint has forgotten which operation it began. The trail has not: the intent
 * is in it before the portal is asked. So the caller's own late intents tell what to follow.
 */

/** The desk gives up finding out after two minutes; so much older is what only waits for somebody's sign-in. */
const windowMs = 10 * 60_000;

const openMintKeys = { all: ["open-mints"] as const };

/**
 * The operations of those intents that were not, or not all, answered when the list was made: what came of them may
 * not be in it. Entries newest first, as the trail gives them.
 */
export function openMints(entries: readonly AuditEntry[], listedAt: string): string[] {
  const answered = new Map<string, number>();
  const open: string[] = [];
  for (const { operationId, result, at, detail } of entries) {
    if (operationId === undefined) continue;
    if (result !== "intent") {
      if (Date.parse(at) < Date.parse(listedAt))
        answered.set(operationId, (answered.get(operationId) ?? 0) + 1);
    } else if ((answered.get(operationId) ?? 0) < Number(detail?.count ?? 1)) open.push(operationId);
  }
  return open;
}

const openMintsOptions = (actor: string, listedAt: string) =>
  queryOptions({
    queryKey: [...openMintKeys.all, actor, listedAt],
    queryFn: async ({ signal }) => {
      const from = new Date(Date.parse(listedAt) - windowMs).toISOString();
      const search = auditSearch({ action: "token.mint", actor, from });
      const { items } = await api<AuditPage>(`/api/audit${search}`, { signal, background: true });
      return openMints(items, listedAt);
    },
    refetchOnWindowFocus: false,
  });

/** The caller's mints under way, or ended after the list was made; to be followed with `useOperation`. */
export function useOpenMints(listedAt: string): readonly string[] {
  const { data: session } = useSession();
  const { data } = useQuery({
    ...openMintsOptions(session?.user.userName ?? "", listedAt),
    enabled: session !== undefined,
  });
  return data ?? [];
}

/** A mint has begun whose end is not known here. */
export async function lookForOpenMints(queries: QueryClient): Promise<void> {
  await queries.invalidateQueries({ queryKey: openMintKeys.all });
}
