"use client";

import { useRef, useState } from "react";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { Banner } from "@/components/ui/banner";
import { useAnnounce } from "@/components/ui/live-region";
import { RelativeTime } from "@/components/ui/relative-time";
import { problemWords } from "@/lib/browser/problem-words";
import { useEndSession } from "@/lib/browser/sessions";
import type { SessionItem } from "@/lib/contracts/sessions";
import { isolate } from "@/lib/shared/isolate";
import { focusAfter, sessionName } from "./session-words";

type EndDialogProps = { item: SessionItem; items: SessionItem[]; onClose: () => void };

export default function EndDialog({ item, items, onClose }: EndDialogProps) {
  const end = useEndSession();
  const announce = useAnnounce();
  // As the list was when it was asked: by it the neighbours of the row that goes are known.
  const [before] = useState(items);
  const ended = useRef(false);
  const { device, user, own } = item;
  const confirm = () => {
    end.mutate(item.id, {
      onSuccess: () => {
        ended.current = true;
        announce("The session has ended");
        onClose();
      },
    });
  };
  return (
    <AlertDialog
      busy={end.isPending}
      confirmLabel="End session"
      description={
        <>
          {device.name}, signed in <RelativeTime at={item.startedAt} focusable={false} />
          {item.ip === "unknown" ? null : ` from ${item.ip}`}. Whoever uses it has to sign in again, and its
          portal credentials are erased here at once. No token is revoked.
        </>
      }
      finalFocus={() => (ended.current ? focusAfter(item, before) : null)}
      onConfirm={confirm}
      onOpenChange={(open) => !open && onClose()}
      open
      title={own ? `End ${sessionName(item)}?` : `End the session of ${isolate(user.userName)}?`}
    >
      {end.error ? (
        <Banner announce title={problemWords(end.error).title} tone="danger">
          It has not ended. {problemWords(end.error).next}
        </Banner>
      ) : null}
    </AlertDialog>
  );
}
