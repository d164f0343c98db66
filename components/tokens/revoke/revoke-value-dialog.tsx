"use client";

import { ShieldAlert } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { TokenField, usePastedToken } from "@/components/ui/token-field";
import { usePortalName } from "@/lib/browser/portals";
import { useSession } from "@/lib/browser/session";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { useRevokeByValue } from "@/lib/browser/tokens";
import type { TokenDialogProps } from "../token-dialog-props";
import { emptyDraft, missingFrom, ReasonFields, type RevokeDraft } from "./reason-field";
import { type Asked, RevocationOutcome } from "./revocation-outcome";
import { RevokeProblem } from "./revoke-problem";

const valueWords = {
  not_found: {
    title: "The portal does not know this token",
    next: "It may be of another portal, not copied in full, or gone already.",
  },
};
const compromised: RevokeDraft = { ...emptyDraft, reason: "compromised" };

/** For a token that somebody found where it should not be: whoever holds it can have it revoked. */
export default function RevokeValueDialog({ onClose, finalFocus }: TokenDialogProps) {
  const { data: session } = useSession();
  const portalName = usePortalName();
  const live = session?.connections.filter((connection) => connection.state === "live") ?? [];
  const portals = [...new Set(live.map((connection) => connection.portal))];
  const [portal, setPortal] = useState(portals[0] ?? "");
  const [draft, setDraft] = useState(compromised);
  const pasted = usePastedToken();
  const [error, setError] = useState<unknown>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const value = useRef<HTMLInputElement>(null);
  const { mutateAsync, isPending, reset } = useRevokeByValue();
  const { withStepUp } = useStepUp();
  if (asked)
    return <RevocationOutcome {...asked} finalFocus={finalFocus} onClose={onClose} portal={portal} />;

  const submit = async () => {
    const token = pasted.read(value.current?.value ?? "");
    if (!token) return value.current?.focus();
    const { reason, note } = draft;
    if (!reason || missingFrom(draft, undefined) !== undefined) return;
    setError(null);
    try {
      const input = { portal, ...token, reason, note: note.trim() || undefined };
      setAsked({ answer: await withStepUp(() => mutateAsync(input)), reason });
    } catch (thrown) {
      if (!(thrown instanceof StepUpCancelled)) setError(thrown);
    } finally {
      // The input of a finished mutation would keep the value.
      reset();
    }
  };

  return (
    <Dialog
      description="Paste it and revoke it with your own rights in the portal, also where it is somebody else's. Anything using it gets 401 as soon as it is revoked."
      dismissible={!isPending}
      finalFocus={finalFocus}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button busy={isPending} form="revoke-value" type="submit" variant="danger">
            Revoke token
          </Button>
        </>
      }
      icon={<ShieldAlert aria-hidden className="size-5 text-danger" />}
      initialFocus={value}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      open
      title="Compromised token?"
    >
      <form
        className="grid grid-cols-1 gap-4"
        id="revoke-value"
        method="post"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field label="Portal">
          <Select
            onChange={(event) => setPortal(event.target.value)}
            options={portals.map((id) => ({ value: id, label: portalName(id) }))}
            value={portal}
          />
        </Field>
        <TokenField
          hint="It is taken out of whatever you paste, sent to the portal to be revoked, and kept only until that is proven."
          label="Token"
          onAgain={() => void submit()}
          pasted={pasted}
          ref={value}
        />
        <ReasonFields draft={draft} onDraft={setDraft} />
        <RevokeProblem error={error} pasted portals={[portal]} words={valueWords} />
      </form>
    </Dialog>
  );
}
