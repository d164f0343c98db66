"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Countdown } from "@/components/ui/countdown";
import { RelativeTime } from "@/components/ui/relative-time";
import { usePortalName } from "@/lib/browser/portals";
import { problemWords, wordsForCode } from "@/lib/browser/problem-words";
import { sessionKeys, useSession } from "@/lib/browser/session";
import { useStepUp } from "@/lib/browser/step-up";
import { shortestSeconds, type TokenListState } from "@/lib/browser/token-list";
import type { TokenSource } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";

type SourceNoticesProps = { list: TokenListState; onRefresh: () => void };

/** Which part of the list is not of now, why, and what happens next. Nothing where all is fresh. */
export function SourceNotices({ list, onRefresh }: SourceNoticesProps) {
  const troubled = list.sources.filter((source) => source.state !== "fresh");
  const failed = list.error !== null && list.error !== undefined;
  if (troubled.length === 0 && !failed) return null;
  return (
    <div className="grid gap-2">
      {failed ? <FailedNotice list={list} onRefresh={onRefresh} /> : null}
      {troubled.map((source) =>
        source.state === "ended" ? (
          <EndedNotice key={source.connectionId} onRefresh={onRefresh} source={source} />
        ) : (
          <StaleNotice
            answeredAt={list.answeredAt}
            key={source.connectionId}
            onRefresh={onRefresh}
            source={source}
          />
        ),
      )}
    </div>
  );
}

function FailedNotice({ list, onRefresh }: SourceNoticesProps) {
  const words = problemWords(list.error);
  return (
    <Banner action={<Retry onRefresh={onRefresh} />} announce title={words.title} tone="warn">
      Showing what was known <RelativeTime at={list.fetchedAt} />. It is tried again within a minute.
    </Banner>
  );
}

type NoticeProps = { source: TokenSource; onRefresh: () => void };

function useConnectionName(id: string): string {
  const { data: session } = useSession();
  const portalName = usePortalName();
  const connection = session?.connections.find((each) => each.id === id);
  return connection
    ? `${isolate(connection.userName)} on ${isolate(portalName(connection.portal))}`
    : "A connection";
}

/** The list hears of the end of a connection first: whatever else shows connections is to know it, too. */
function useNoteEnded(connectionId: string): void {
  const queries = useQueryClient();
  const { data: session } = useSession();
  const isLive = session?.connections.some(({ id, state }) => id === connectionId && state === "live");
  useEffect(() => {
    if (isLive) void queries.invalidateQueries({ queryKey: sessionKeys.all });
  }, [queries, isLive]);
}

function EndedNotice({ source, onRefresh }: NoticeProps) {
  const name = useConnectionName(source.connectionId);
  const { signInAgain } = useStepUp();
  useNoteEnded(source.connectionId);
  const signIn = async () => {
    if (await signInAgain(source.connectionId)) onRefresh();
  };
  return (
    <Banner
      action={
        <Button onClick={() => void signIn()} size="sm">
          Sign in again
        </Button>
      }
      title={`Sign in to ${name} again`}
      tone="danger"
    >
      The portal has ended this connection: what only it can show is not in the list. Revocations under way go
      on.
    </Banner>
  );
}

function StaleNotice({ source, onRefresh, answeredAt }: NoticeProps & { answeredAt?: number }) {
  const name = useConnectionName(source.connectionId);
  const words = wordsForCode(source.error ?? "portal_unavailable", source);
  // What a wait does not change is not said to be tried again.
  if (source.error === "list_too_long" || source.error === "portal_too_large")
    return (
      <Banner title={`${name}: ${words.title.toLowerCase()}`} tone="warn">
        {words.next}
      </Banner>
    );
  const isUnsaved = source.error === "store_full" || source.error === "audit_unavailable";
  return (
    <Banner
      action={<Retry onRefresh={onRefresh} />}
      title={`${name}: ${words.title.toLowerCase()}`}
      tone="warn"
    >
      {source.withheld ? (
        "Its tokens are shown again when the portal confirms this connection. "
      ) : source.fetchedAt ? (
        <>
          Showing what was known <RelativeTime at={source.fetchedAt} />.{" "}
        </>
      ) : (
        "Showing what the desk remembers. "
      )}
      {isUnsaved
        ? "What has changed at the portal since cannot be saved: tell whoever runs this desk. "
        : null}
      It is tried again{" "}
      {source.retryAfter === undefined ? (
        "within a minute"
      ) : (
        <Countdown answer={answeredAt} seconds={Math.max(shortestSeconds, source.retryAfter)} />
      )}
      .{source.withheld || isUnsaved ? null : " Names and notes can be changed meanwhile."}
    </Banner>
  );
}

function Retry({ onRefresh }: { onRefresh: () => void }) {
  return (
    <Button onClick={onRefresh} size="sm">
      Try now
    </Button>
  );
}
