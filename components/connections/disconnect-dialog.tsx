"use client";

import { AlertDialog } from "@/components/ui/alert-dialog";
import { Banner } from "@/components/ui/banner";
import { useAnnounce } from "@/components/ui/live-region";
import { useDisconnect } from "@/lib/browser/connections";
import { problemWords } from "@/lib/browser/problem-words";
import { tellOtherTabs } from "@/lib/browser/session-channel";
import type { Connection } from "@/lib/contracts/sessions";
import { isolate } from "@/lib/shared/isolate";

type DisconnectDialogProps = { connection: Connection; isLast: boolean; onClose: () => void };

export default function DisconnectDialog({ connection, isLast, onClose }: DisconnectDialogProps) {
  const disconnect = useDisconnect({ isLast });
  const announce = useAnnounce();
  const confirm = () => {
    disconnect.mutate(connection.id, {
      onSuccess: () => {
        announce(`${isolate(connection.userName)} is disconnected`);
        if (isLast) {
          tellOtherTabs("signed-out");
          location.replace("/sign-in");
        } else onClose();
      },
    });
  };
  return (
    <AlertDialog
      busy={disconnect.isPending}
      confirmLabel={isLast ? "Disconnect and sign out" : "Disconnect"}
      description={
        isLast
          ? "It is the only one in this session: disconnecting it signs you out. No token is revoked, and what the desk knows about them stays."
          : "Its tokens leave your list, and its credential is erased here. No token is revoked, and what the desk knows about them stays for the next sign-in."
      }
      onConfirm={confirm}
      onOpenChange={(open) => !open && onClose()}
      open
      title={`Disconnect ${isolate(connection.userName)}?`}
    >
      {disconnect.error ? (
        <Banner announce title={problemWords(disconnect.error).title} tone="danger">
          It is still connected. {problemWords(disconnect.error).next}
        </Banner>
      ) : null}
    </AlertDialog>
  );
}
