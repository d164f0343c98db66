import type { Metadata } from "next";
import { ConnectionsPage } from "@/components/connections/connections-page";
import { requirePageSession } from "@/lib/server/auth/session";

export const metadata: Metadata = { title: "Connections" };

export default async function Page() {
  // The list itself is part of the session, which the layout has brought along.
  await requirePageSession("/connections");
  return <ConnectionsPage />;
}
