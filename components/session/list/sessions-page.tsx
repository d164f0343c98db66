"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { problemWords } from "@/lib/browser/problem-words";
import { useSession } from "@/lib/browser/session";
import { useSessions } from "@/lib/browser/sessions";
import type { SessionItem } from "@/lib/contracts/sessions";
import { LoadingSessions, SessionSection } from "./session-section";

const EndDialog = dynamic(() => import("./end-dialog"), { ssr: false });
const EndOthersDialog = dynamic(() => import("./end-others-dialog"), { ssr: false });

/** Where one is signed in, and, for desk admins, where everybody else is. */
export function SessionsPage() {
  const { data, error, refetch } = useSessions();
  const { data: session } = useSession();
  const [ending, setEnding] = useState<SessionItem | "others" | null>(null);
  const own = data?.items.filter((item) => item.own) ?? [];
  const everybodyElses = data?.items.filter((item) => !item.own) ?? [];
  const others = own.filter((item) => !item.current);
  const close = () => setEnding(null);
  const askForOthers = () => {
    setEnding("others");
    // The question counts them, and another browser may have signed in since.
    void refetch();
  };
  return (
    <div className="grid max-w-6xl grid-cols-1 gap-6">
      <PageHeader
        actions={
          <Button
            disabledReason={data && others.length === 0 ? "You are signed in nowhere else" : undefined}
            onClick={() => data && askForOthers()}
          >
            End my other sessions
          </Button>
        }
        description="Where you are signed in to this desk. Ending a session takes effect at once, and erases its portal credentials here."
        title="Sessions"
      />
      {error ? (
        <Banner
          action={
            <Button onClick={() => void refetch()} size="sm">
              Try again
            </Button>
          }
          announce
          title={problemWords(error).title}
          tone="warn"
        >
          {problemWords(error).next}
        </Banner>
      ) : null}
      {data ? (
        <SessionSection items={own} onEnd={setEnding} own title="Yours" />
      ) : error ? null : (
        <LoadingSessions />
      )}
      {data && session?.admin ? (
        <SessionSection
          items={everybodyElses}
          nothing="Nobody else is signed in."
          onEnd={setEnding}
          own={false}
          title="Everybody else's"
        />
      ) : null}
      {ending === "others" ? (
        <EndOthersDialog count={others.length} onClose={close} />
      ) : ending ? (
        <EndDialog item={ending} items={data?.items ?? []} key={ending.id} onClose={close} />
      ) : null}
    </div>
  );
}
