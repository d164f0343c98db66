import { queryOptions, useQuery } from "@tanstack/react-query";
import type { PortalList } from "@/lib/contracts/sessions";
import { api } from "./api";

const portalKeys = { all: ["portals"] as const };

async function fetchPortals(signal: AbortSignal): Promise<PortalList> {
  return await api<PortalList>("/api/portals", { signal, background: true });
}

export const portalsOptions = () =>
  queryOptions({
    queryKey: portalKeys.all,
    queryFn: ({ signal }) => fetchPortals(signal),
    // The deployment's own configuration: it changes with a restart only.
    staleTime: Number.POSITIVE_INFINITY,
  });

export function usePortals() {
  return useQuery(portalsOptions());
}

/** What people call this portal; its id where it is not known (any more). */
export function usePortalName(): (id: string) => string {
  const { data } = usePortals();
  return (id) => data?.items.find((portal) => portal.id === id)?.name ?? id;
}
