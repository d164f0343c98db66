"use client";

import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef } from "react";
import { useNow } from "@/components/ui/relative-time";
import { useToken } from "@/lib/browser/tokens";
import type { Token } from "@/lib/contracts/tokens";
import { tokenTitle } from "@/lib/shared/token-title";
import { lastList, noteShown } from "./last-shown";
import { TokenFacts } from "./page/token-facts";
import { TokenHead } from "./page/token-head";
import { TokenHistory } from "./page/token-history";
import { TokenSituation } from "./page/token-situation";
import { TokenDialogsProvider } from "./token-dialogs";
import { useTokenActions } from "./use-token-actions";

/** One token: what it is, what can be done with it, how it ended, and all that ever happened to it. */
export function TokenPage({ start }: { start: Token }) {
  return (
    <TokenDialogsProvider>
      <div className="mx-auto max-w-5xl">
        <Link
          className="-ml-1 inline-flex h-8 items-center gap-1.5 rounded px-1 text-ink-soft text-sm hover:text-ink pointer-coarse:h-11"
          href={lastList()}
          prefetch={false}
        >
          <ArrowLeft aria-hidden className="size-3.5" /> Tokens
        </Link>
        <OneToken start={start} />
      </div>
    </TokenDialogsProvider>
  );
}

function OneToken({ start }: { start: Token }) {
  const { data: token, dataUpdatedAt } = useToken(start);
  const { actions, activity } = useTokenActions();
  const now = useNow();
  useEffect(() => noteShown(token.id), [token.id]);
  useTitle(tokenTitle(token));
  return (
    <div className="mt-2 grid grid-cols-1 gap-5">
      <TokenHead actions={actions} activity={activity} now={now} token={token} />
      <TokenSituation actions={actions} answeredAt={dataUpdatedAt} now={now} token={token} />
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-[minmax(0,5fr)_minmax(0,4fr)]">
        <TokenFacts actions={actions} checking={activity.checking.has(token.id)} token={token} />
        <TokenHistory tokenId={token.id} />
      </div>
    </div>
  );
}

/** The server has given the page its title; a new name is followed here. */
function useTitle(title: string): void {
  const known = useRef(title);
  useEffect(() => {
    if (known.current === title) return;
    const desk = document.title.slice(document.title.lastIndexOf(" · "));
    document.title = `${title}${desk}`;
    known.current = title;
  }, [title]);
}
