"use client";

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useCallback, useEffect, useState } from "react";
import { onSessionEnded } from "@/lib/browser/api";
import { isSameUser, sessionKeys, sessionOptions } from "@/lib/browser/session";
import { onOtherTabs } from "@/lib/browser/session-channel";

const SessionEndedDialog = dynamic(() => import("./session-ended-dialog"), { ssr: false });

/** Leaves for the sign-in page with nothing kept: a new document, so that no list stays in memory. */
function leave() {
  location.replace("/sign-in");
}

/** Whether another tab has signed the same person in again. Undefined where there is no session after all. */
async function isSamePerson(queries: QueryClient): Promise<boolean | undefined> {
  const before = queries.getQueryData(sessionOptions().queryKey);
  const now = await queries.fetchQuery({ ...sessionOptions(), staleTime: 0 }).catch(() => undefined);
  return now && before !== undefined && isSameUser(now.user, before.user);
}

/**
 * Watches for the end of the session. Ended by the server: the page stays as it is, forms and all, and asks to sign in
 * again over it. Signed out here or in another tab: everything is dropped.
 */
export function SessionEnd() {
  const queries = useQueryClient();
  const [ended, setEnded] = useState(false);
  const onBack = useCallback(async () => {
    setEnded(false);
    await queries.invalidateQueries();
  }, [queries]);

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
      onOtherTabs(async (news) => {
        if (news === "signed-out") {
          queries.clear();
          return leave();
        }
        const isSame = await isSamePerson(queries);
        // Nothing of whoever was here before may stay.
        if (isSame === false) location.assign("/tokens");
        else if (isSame) await onBack();
      }),
    [queries, onBack],
  );

  useEffect(() => {
    // Back from the browser's own page cache: what it shows may belong to a session that is over.
    const onShow = (event: PageTransitionEvent) => {
      if (event.persisted) void queries.invalidateQueries();
    };
    window.addEventListener("pageshow", onShow);
    return () => window.removeEventListener("pageshow", onShow);
  }, [queries]);

  return ended ? <SessionEndedDialog onBack={onBack} onLeave={leave} /> : null;
}
