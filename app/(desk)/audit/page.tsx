import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { AuditPage } from "@/components/audit/audit-page";
import { auditOptions, auditSearch, auditStateOptions } from "@/lib/browser/audit";
import { readAuditSearch } from "@/lib/browser/audit-search";
import { makeQueryClient } from "@/lib/browser/query-client";
import { requirePageSession } from "@/lib/server/auth/session";
import { listAudit } from "@/lib/server/services/audit/list";
import { tellLastAuditState } from "@/lib/server/services/audit/tell";
import type { PageSearch } from "@/lib/shared/next-path";

export const metadata: Metadata = { title: "Audit trail" };

type PageProps = { searchParams: Promise<PageSearch> };

/** What is given twice counts once, as for the page itself. */
const firstOfEach = (search: PageSearch) =>
  Object.fromEntries(Object.entries(search).map(([name, value]) => [name, [value].flat()[0]]));

export default async function Page({ searchParams }: PageProps) {
  const { filters } = readAuditSearch(firstOfEach(await searchParams));
  const session = await requirePageSession(`/audit${auditSearch(filters)}`);
  const queries = makeQueryClient();
  queries.setQueryData(auditOptions(filters).queryKey, {
    pages: [await listAudit(session, filters)],
    pageParams: [undefined],
  });
  const state = await tellLastAuditState(session);
  if (state)
    queries.setQueryData(auditStateOptions().queryKey, state, { updatedAt: Date.parse(state.checkedAt) });
  return (
    <HydrationBoundary state={dehydrate(queries)}>
      <AuditPage />
    </HydrationBoundary>
  );
}
