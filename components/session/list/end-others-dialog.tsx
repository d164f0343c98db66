"use client";

import { useRef } from "react";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { Banner } from "@/components/ui/banner";
import { useAnnounce } from "@/components/ui/live-region";
import { problemWords } from "@/lib/browser/problem-words";
import { useEndOtherSessions } from "@/lib/browser/sessions";
import { headingId } from "./session-words";

const sessionsOf = (count: number) => (count === 1 ? "1 session" : `${count} sessions`);

type EndOthersDialogProps = { count: number; onClose: () => void };

export default function EndOthersDialog({ count, onClose }: EndOthersDialogProps) {
  const end = useEndOtherSessions();
  const announce = useAnnounce();
  const done = useRef(false);
  const confirm = () => {
    end.mutate(undefined, {
      onSuccess: ({ ended }) => {
        done.current = true;
        announce(`${sessionsOf(ended)} ended`);
        onClose();
      },
    });
  };
  return (
    <AlertDialog
      busy={end.isPending}
      confirmLabel={`End ${sessionsOf(count)}`}
      description="You stay signed in in this browser. Everywhere else you have to sign in again, and the portal credentials of those sessions are erased here at once. No token is revoked."
      finalFocus={() => (done.current ? document.getElementById(headingId(true)) : null)}
      onConfirm={confirm}
      onOpenChange={(open) => !open && onClose()}
      open
      title={count === 1 ? "End your other session?" : `End your ${count} other sessions?`}
    >
      {end.error ? (
        <Banner announce title={problemWords(end.error).title} tone="danger">
          None of them has ended. {problemWords(end.error).next}
        </Banner>
      ) : null}
    </AlertDialog>
  );
}
