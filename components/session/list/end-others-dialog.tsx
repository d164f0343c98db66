"use client";

import { AlertDialog } from "@/components/ui/alert-dialog";
import { useAnnounce } from "@/components/ui/live-region";
import { useToast } from "@/components/ui/toast";
import { problemWords } from "@/lib/browser/problem-words";
import { useEndOtherSessions } from "@/lib/browser/sessions";

const sessionsOf = (count: number) => (count === 1 ? "1 session" : `${count} sessions`);

type EndOthersDialogProps = { count: number; onClose: () => void };

export default function EndOthersDialog({ count, onClose }: EndOthersDialogProps) {
  const end = useEndOtherSessions();
  const { toast } = useToast();
  const announce = useAnnounce();
  const confirm = () => {
    end.mutate(undefined, {
      onSuccess: ({ ended }) => {
        announce(`${sessionsOf(ended)} ended`);
        onClose();
      },
      onError: (error) => {
        const words = problemWords(error);
        toast({ title: "None of them has ended", description: words.title, tone: "danger" });
      },
    });
  };
  return (
    <AlertDialog
      busy={end.isPending}
      confirmLabel={`End ${sessionsOf(count)}`}
      description="You stay signed in in this browser. Everywhere else you have to sign in again, and the portal credentials of those sessions are erased here at once. No token is revoked."
      onConfirm={confirm}
      onOpenChange={(open) => !open && onClose()}
      open
      title={count === 1 ? "End your other session?" : `End your ${count} other sessions?`}
    />
  );
}
