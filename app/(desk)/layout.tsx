import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { DeskShell } from "@/components/shell/desk-shell";
import { portalsOptions } from "@/lib/browser/portals";
import { makeQueryClient } from "@/lib/browser/query-client";
import { sessionOptions } from "@/lib/browser/session";
import { readSession } from "@/lib/server/auth/session";
import { listPortals } from "@/lib/server/services/portals/list";
import { describeSession } from "@/lib/server/services/sessions/describe";

/** The frame of every page that wants a session. A page itself decides who may see it, and sends others to sign in. */
export default async function DeskLayout({ children }: { children: ReactNode }) {
  const session = await readSession();
  if (!session) return children;
  const queries = makeQueryClient();
  queries.setQueryData(sessionOptions().queryKey, describeSession(session));
  queries.setQueryData(portalsOptions().queryKey, listPortals(session));
  return (
    <HydrationBoundary state={dehydrate(queries)}>
      <NuqsAdapter>
        <DeskShell>{children}</DeskShell>
      </NuqsAdapter>
    </HydrationBoundary>
  );
}
