import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { TokenPage } from "@/components/tokens/token-page";
import { auditOptions } from "@/lib/browser/audit";
import { makeQueryClient } from "@/lib/browser/query-client";
import { requirePageSession } from "@/lib/server/auth/session";
import { listAudit } from "@/lib/server/services/audit/list";
import { getToken } from "@/lib/server/services/tokens/get";

export const metadata: Metadata = { title: "Token" };

type PageProps = { params: Promise<{ id: string }> };

export default async function Page({ params }: PageProps) {
  const { id } = await params;
  const session = await requirePageSession(`/tokens/${id}`);
  const token = await getToken(session, { id }).catch((error: unknown) => {
    // What does not exist and what one may not see look the same.
    if (error instanceof Error && "code" in error && error.code === "not_found") notFound();
    throw error;
  });
  const queries = makeQueryClient();
  queries.setQueryData(auditOptions({ token: id }).queryKey, {
    pages: [await listAudit(session, { token: id })],
    pageParams: [undefined],
  });
  return (
    <HydrationBoundary state={dehydrate(queries)}>
      <TokenPage start={token} />
    </HydrationBoundary>
  );
}
