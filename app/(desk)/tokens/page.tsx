import type { Metadata } from "next";
import { TokensPage } from "@/components/tokens/tokens-page";
import { requirePageSession } from "@/lib/server/auth/session";
import { startTokenList } from "@/lib/server/services/tokens/start-list";
import type { PageSearch } from "@/lib/shared/next-path";

export const metadata: Metadata = { title: "Tokens" };

type PageProps = { searchParams: Promise<PageSearch> };

// There is no loading.tsx on purpose: the list waits for a slow portal for a moment only, and a skeleton before it
// would put off the first row and turn the redirect to the sign-in into one by script.
export default async function Page({ searchParams }: PageProps) {
  const session = await requirePageSession("/tokens", await searchParams);
  return <TokensPage start={await startTokenList(session)} />;
}
