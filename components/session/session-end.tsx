"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useCallback, useEffect, useState } from "react";
import { onSessionEnded } from "@/lib/browser/api";
import { sessionKeys } from "@/lib/browser/session";
import { onOtherTabs } from "@/lib/browser/session-channel";

const SessionEndedDialog = dynamic(() => import("./session-ended-dialog"), { ssr: false });

/** Leaves for the sign-in page with nothing kept: a new document, so that no list stays in memory. */
function leave() {
  location.replace("/sign-in");
}

/**
 * Watches for the end of the session. Ended by the server: the page stays as it is, forms and all, and asks to sign in
 * again over it. Signed out here or in another tab: everything is dropped.
 */
export function SessionEnd() {
  const queries = useQueryClient();
  const [ended, setEnded] = useState(false);

  useEffect(
    () =>
      onSessionEnded(() => {
        // Without knowing who was here there is nobody to ask for: the sign-in page does.
        if (queries.getQueryData(sessionKeys.all)) setEnded(true);
        else leave();
      }),
    [queries],
  );

  useEffect(
    () =>
      onOtherTabs((news) => {
        if (news === "signed-out") {
          queries.clear();
          leave();
        } else {
          setEnded(false);
          void queries.invalidateQueries({ queryKey: sessionKeys.all });
        }
      }),
    [queries],
  );

  useEffect(() => {
    // Back from the browser's own page cache: what it shows may belong to a session that is over.
    const onShow = (event: PageTransitionEvent) => {
      if (event.persisted) void queries.invalidateQueries();
    };
    window.addEventListener("pageshow", onShow);
    return () => window.removeEventListener("pageshow", onShow);
  }, [queries]);

  const onBack = useCallback(async () => {
    setEnded(false);
    await queries.invalidateQueries();
  }, [queries]);

  return ended ? <SessionEndedDialog onBack={onBack} onLeave={leave} /> : null;
}
