import type { Metadata } from "next";
import { ConnectionsPage } from "@/components/connections/connections-page";
import { requirePageSession } from "@/lib/server/auth/session";
import type { PageSearch } from "@/lib/shared/next-path";

export const metadata: Metadata = { title: "Connections" };

type PageProps = { searchParams: Promise<PageSearch> };

export default async function Page({ searchParams }: PageProps) {
  // The list itself is part of the session, which the layout has brought along.
  await requirePageSession("/connections", await searchParams);
  return <ConnectionsPage />;
}
