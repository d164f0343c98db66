import { QueryClient, type QueryKey } from "@tanstack/react-query";
import { ApiError } from "./api";

/** Worth asking again without a person's doing: no answer came, or the server says that it is passing. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "network" || error.status >= 500);
}

/**
 * One client for the browser's page; on the server a new one for each request. How long an unused answer is kept is the
 * library's to say: five minutes in a browser. On the server that would be a timer that holds the whole request as long.
 */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        refetchOnWindowFocus: true,
        networkMode: "always",
        retry: (failures, error) => failures < 2 && isPassing(error),
      },
      // A write is never sent twice by itself, and its answer, which may hold a secret, is dropped at once. Nor is it
      // held back while the browser believes itself offline: sent later, it would do what nobody wants any more.
      mutations: { retry: false, gcTime: 0, networkMode: "always" },
    },
  });
}

/**
 * Whether this fetch only renews what is there already: then a timer or the window's focus asked, not a person, and
 * the call must not keep an idle session alive.
 */
export function isRefresh(client: QueryClient, key: QueryKey): boolean {
  return (client.getQueryState(key)?.dataUpdatedAt ?? 0) > 0;
}
