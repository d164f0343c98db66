"use client";

import { CloudOff, KeyRound, SearchX } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import { buttonClass } from "@/components/ui/button-class";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Skeleton } from "@/components/ui/skeleton";
import { usePortalName } from "@/lib/browser/portals";
import { useSession } from "@/lib/browser/session";
import { isolate } from "@/lib/shared/isolate";

/** Nothing was ever here: what to begin with. */
export function FirstRun({ onMint }: { onMint: () => void }) {
  const { data: session } = useSession();
  const portalName = usePortalName();
  const live = session?.connections.filter((connection) => connection.state === "live") ?? [];
  const [only] = live;
  const who =
    live.length === 1 && only
      ? `${isolate(only.userName)} on ${isolate(portalName(only.portal))}`
      : "the connected API users";
  return (
    <Card>
      <EmptyState
        actions={
          <>
            <Button onClick={onMint} variant="primary">
              Mint the first token
            </Button>
            <Link className={buttonClass()} href="/connections" prefetch={false}>
              Connect another API user
            </Link>
          </>
        }
        description="Give each service a token of its own: then you can see what each is for, and revoke one without stopping the others."
        icon={<KeyRound aria-hidden className="size-5" />}
        title={`No tokens yet for ${who}`}
      />
    </Card>
  );
}

/** No token is shown, but no portal has said that there is none; the notice above says which, why, and until when. */
export function NothingKnown() {
  return (
    <Card>
      <EmptyState
        description="The portal has not shown them, and this desk remembers none. They are here as soon as it does."
        icon={<CloudOff aria-hidden className="size-5" />}
        title="Whether there are tokens is not known yet"
      />
    </Card>
  );
}

/** There were tokens, and there are none any more. */
export function NoneLeft({ onMint, onRevoked }: { onMint: () => void; onRevoked: () => void }) {
  const way = useFocusWhereRowsWent();
  return (
    <Card>
      <EmptyState
        actions={
          <>
            <Button onClick={onMint} ref={way} variant="primary">
              Mint a token
            </Button>
            <Button onClick={onRevoked}>Show the revoked ones</Button>
          </>
        }
        description="What was here has been revoked, or is gone from the portal."
        icon={<KeyRound aria-hidden className="size-5" />}
        title="No tokens left"
      />
    </Card>
  );
}

type NothingFoundProps = { query: string; onClear: () => void };

/** There are tokens, and none of them is meant by search and filters. */
export function NothingFound({ query, onClear }: NothingFoundProps) {
  const text = query.trim();
  const way = useFocusWhereRowsWent();
  return (
    <Card>
      <EmptyState
        actions={
          <Button onClick={onClear} ref={way}>
            Clear search and filters
          </Button>
        }
        description={
          text
            ? "The search looks at names, tags, owners, notes, purposes, environments, ids, and the first and last four characters."
            : "No token fits the filters."
        }
        icon={<SearchX aria-hidden className="size-5" />}
        title={
          text ? (
            <>
              No token matches “<bdi>{text}</bdi>”
            </>
          ) : (
            "Nothing here"
          )
        }
      />
    </Card>
  );
}

/** Of the button that leads on: it has the focus where the last row went with it. */
function useFocusWhereRowsWent() {
  const way = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) way.current?.focus();
  }, []);
  return way;
}

/** The place of rows that are on their way; the filter bar says so. */
export function RowsLoading() {
  return (
    <div aria-hidden className="overflow-hidden rounded-lg border border-line bg-surface shadow-card">
      {["a", "b", "c", "d"].map((row) => (
        <div className="flex items-center gap-6 border-line border-b px-4 py-4 last:border-b-0" key={row}>
          <Skeleton className="h-3.5 w-16" />
          <Skeleton className="h-3.5 flex-1" />
          <Skeleton className="h-3.5 w-24" />
        </div>
      ))}
    </div>
  );
}
