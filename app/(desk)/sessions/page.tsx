import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { SessionsPage } from "@/components/session/list/sessions-page";
import { makeQueryClient } from "@/lib/browser/query-client";
import { sessionListOptions } from "@/lib/browser/sessions";
import { requirePageSession } from "@/lib/server/auth/session";
import { listSessions } from "@/lib/server/services/sessions/list";
import type { PageSearch } from "@/lib/shared/next-path";

export const metadata: Metadata = { title: "Sessions" };

type PageProps = { searchParams: Promise<PageSearch> };

export default async function Page({ searchParams }: PageProps) {
  const session = await requirePageSession("/sessions", await searchParams);
  const queries = makeQueryClient();
  queries.setQueryData(sessionListOptions().queryKey, await listSessions(session));
  return (
    <HydrationBoundary state={dehydrate(queries)}>
      <SessionsPage />
    </HydrationBoundary>
  );
}
