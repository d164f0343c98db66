import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { AuditPage } from "@/components/audit/audit-page";
import { type AuditFilters, auditOptions, auditSearch, auditStateOptions } from "@/lib/browser/audit";
import { makeQueryClient } from "@/lib/browser/query-client";
import { auditQuery } from "@/lib/contracts/audit";
import { requirePageSession } from "@/lib/server/auth/session";
import { listAudit } from "@/lib/server/services/audit/list";
import { tellLastAuditState } from "@/lib/server/services/audit/tell";
import type { PageSearch } from "@/lib/shared/next-path";

export const metadata: Metadata = { title: "Audit trail" };

type PageProps = { searchParams: Promise<PageSearch> };

/** The filters of the address; what is no filter, or no good one, is left out as the page itself does. */
function filtersOf(search: PageSearch): AuditFilters {
  const one = (name: string) => (typeof search[name] === "string" ? search[name] : undefined);
  const { shape } = auditQuery;
  return {
    token: shape.token.safeParse(one("token")).data,
    actor: shape.actor.safeParse(one("actor")).data,
    action: shape.action.safeParse(one("action")).data,
    from: shape.from.safeParse(one("from")).data,
    to: shape.to.safeParse(one("to")).data,
  };
}

export default async function Page({ searchParams }: PageProps) {
  const filters = filtersOf(await searchParams);
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
