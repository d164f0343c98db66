import { queryOptions, useQuery } from "@tanstack/react-query";
import type { PeopleList } from "@/lib/contracts/people";
import { api } from "./api";
import { isRefresh } from "./query-client";

const peopleKeys = { all: ["people"] as const };

async function fetchPeople(options: { signal: AbortSignal; background: boolean }): Promise<PeopleList> {
  return await api<PeopleList>("/api/users", options);
}

const peopleOptions = () =>
  queryOptions({
    queryKey: peopleKeys.all,
    queryFn: ({ signal, client, queryKey }) =>
      fetchPeople({ signal, background: isRefresh(client, queryKey) }),
    staleTime: 60_000,
  });

/** The portal users that the portal shows to the caller's connections. */
export function usePeople() {
  return useQuery(peopleOptions());
}
