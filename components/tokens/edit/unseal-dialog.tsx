"use client";

import { useState } from "react";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { useToast } from "@/components/ui/toast";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { useUnsealToken } from "@/lib/browser/tokens";
import type { Token } from "@/lib/contracts/tokens";
import { ProblemBanner } from "../problem-banner";
import type { TokenDialogProps } from "../token-dialog-props";
import { nameOf } from "../token-words";

/** Erases the desk's own copy of a value. The token itself goes on. */
export default function UnsealDialog({ token, onClose, finalFocus }: TokenDialogProps & { token: Token }) {
  const [error, setError] = useState<unknown>(null);
  const { mutateAsync, isPending } = useUnsealToken();
  const { withStepUp } = useStepUp();
  const { toast } = useToast();
  const confirm = async () => {
    setError(null);
    try {
      await withStepUp(() => mutateAsync(token.id));
      toast({ title: "The sealed copy is erased", tone: "good" });
      onClose();
    } catch (thrown) {
      if (!(thrown instanceof StepUpCancelled)) setError(thrown);
    }
  };
  return (
    <AlertDialog
      busy={isPending}
      confirmLabel="Erase the copy"
      description={
        <>
          “<bdi>{nameOf(token)}</bdi>” goes on working, and you can still copy it while the portal lists it. A
          lead who has to revoke it will need its value.
        </>
      }
      finalFocus={finalFocus}
      onConfirm={() => void confirm()}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      open
      title="Erase the sealed copy?"
    >
      <ProblemBanner error={error} />
    </AlertDialog>
  );
}
