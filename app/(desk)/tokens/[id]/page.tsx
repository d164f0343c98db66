import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { TokenPage } from "@/components/tokens/token-page";
import { auditOptions } from "@/lib/browser/audit";
import { makeQueryClient } from "@/lib/browser/query-client";
import { requirePageSession } from "@/lib/server/auth/session";
import { listAudit } from "@/lib/server/services/audit/list";
import { getToken } from "@/lib/server/services/tokens/get";
import { tokenTitle } from "@/lib/shared/token-title";

type PageProps = { params: Promise<{ id: string }> };

/** The token, read once for the title and the page together. */
const load = cache(async (id: string) => {
  const session = await requirePageSession(`/tokens/${id}`);
  const token = await getToken(session, { id }).catch((error: unknown) => {
    // What does not exist and what one may not see look the same.
    if (error instanceof Error && "code" in error && error.code === "not_found") return null;
    throw error;
  });
  return { session, token };
});

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { token } = await load((await params).id);
  return { title: token ? tokenTitle(token) : "Token" };
}

export default async function Page({ params }: PageProps) {
  const { id } = await params;
  const { session, token } = await load(id);
  if (!token) notFound();
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
