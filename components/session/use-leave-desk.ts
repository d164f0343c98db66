"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useToast } from "@/components/ui/toast";
import { ApiError } from "@/lib/browser/api";
import { problemWords } from "@/lib/browser/problem-words";
import { useSignOut } from "@/lib/browser/session";
import { tellOtherTabs } from "@/lib/browser/session-channel";

/**
 * Ends the session on the server first; only then is anything here called signed out. Where the server cannot be
 * reached the person is told that the session is still there.
 */
export function useLeaveDesk(): { leave: () => void; leaving: boolean } {
  const queries = useQueryClient();
  const signOut = useSignOut();
  const { toast } = useToast();

  const goodbye = () => {
    tellOtherTabs("signed-out");
    queries.clear();
    location.replace("/sign-in");
  };
  const leave = () => {
    signOut.mutate(undefined, {
      onSuccess: goodbye,
      onError: (error) => {
        // There was no session any more: that is what was asked for.
        if (error instanceof ApiError && error.status === 401) return goodbye();
        const { title, next } = problemWords(error);
        toast({ title: "You are still signed in", description: `${title}. ${next}`, tone: "danger" });
      },
    });
  };
  return { leave, leaving: signOut.isPending };
}
