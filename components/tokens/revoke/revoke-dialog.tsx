"use client";

import { useRef, useState } from "react";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { TokenField, usePastedToken } from "@/components/ui/token-field";
import { ApiError } from "@/lib/browser/api";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { phraseFor } from "@/lib/browser/token-table/permissions";
import { useRevokeByValue, useRevokeToken } from "@/lib/browser/tokens";
import type { RevokeAnswer, RevokeInput, Token } from "@/lib/contracts/tokens";
import type { TokenDialogProps } from "../token-dialog-props";
import { nameOf } from "../token-words";
import { emptyDraft, missingFrom, ReasonFields } from "./reason-field";
import { type Asked, RevocationOutcome } from "./revocation-outcome";
import { RevokeFacts } from "./revoke-facts";
import { RevokeProblem } from "./revoke-problem";

type RevokeDialogProps = TokenDialogProps & { token: Token };

/** Asks, and then shows what came of it. One that is under way already shows that at once. */
export default function RevokeDialog(props: RevokeDialogProps) {
  const { token, onClose, finalFocus } = props;
  const [asked, setAsked] = useState<Asked | null>(() => underWay(token));
  return asked ? (
    <RevocationOutcome
      {...asked}
      finalFocus={finalFocus}
      name={nameOf(token)}
      onClose={onClose}
      portal={token.owner.portal}
      tokenId={token.id}
    />
  ) : (
    <Question {...props} onAsked={setAsked} />
  );
}

function underWay({ revoking }: Token): Asked | null {
  if (!revoking?.operationId) return null;
  const answer = { operationId: revoking.operationId, state: "revoking", receipt: {} } as const;
  return { answer, reason: revoking.reason };
}

type QuestionProps = RevokeDialogProps & { onAsked: (asked: Asked) => void };

function Question({ token, onClose, finalFocus, onAsked }: QuestionProps) {
  const [draft, setDraft] = useState(emptyDraft);
  const [error, setError] = useState<unknown>(null);
  // A lead's right to revoke needs the value, where the desk holds no sealed copy of it.
  const [needsValue, setNeedsValue] = useState(token.connectionId === undefined && !token.sealed);
  const pasted = usePastedToken();
  const value = useRef<HTMLInputElement>(null);
  const byId = useRevokeToken();
  const byValue = useRevokeByValue();
  const { withStepUp } = useStepUp();
  const phrase = phraseFor([token]);

  const confirm = async () => {
    if (!draft.reason || missingFrom(draft, phrase)) return;
    const given = needsValue ? pasted.read(value.current?.value ?? "", token.hint) : undefined;
    if (needsValue && !given) return value.current?.focus();
    setError(null);
    const revoke = (input: RevokeInput): Promise<RevokeAnswer> =>
      given
        ? byValue.mutateAsync({ ...input, portal: token.owner.portal, ...given })
        : byId.mutateAsync({ id: token.id, input });
    const input = { reason: draft.reason, note: draft.note.trim() || undefined };
    try {
      onAsked({ answer: await withStepUp(() => revoke(input)), reason: draft.reason });
    } catch (thrown) {
      if (thrown instanceof StepUpCancelled) return;
      if (thrown instanceof ApiError && thrown.code === "value_needed") setNeedsValue(true);
      setError(thrown);
    } finally {
      byValue.reset();
    }
  };

  return (
    <AlertDialog
      busy={byId.isPending || byValue.isPending}
      confirmLabel="Revoke token"
      missing={missingFrom(draft, phrase)}
      description="Anything using it gets 401 as soon as it is revoked. The portal cannot restore it."
      finalFocus={finalFocus}
      onConfirm={() => void confirm()}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      open
      title={
        <>
          Revoke “<bdi>{nameOf(token)}</bdi>”?
        </>
      }
    >
      <div className="grid grid-cols-1 gap-4">
        <RevokeFacts token={token} />
        {needsValue ? (
          <TokenField
            hint="The desk does not hold this token's value. It is sent to the portal and not kept."
            label="The token itself"
            onAgain={() => void confirm()}
            pasted={pasted}
            ref={value}
          />
        ) : null}
        <ReasonFields draft={draft} onDraft={setDraft} phrase={phrase} />
        <RevokeProblem error={error} pasted={needsValue} portals={[token.owner.portal]} />
      </div>
    </AlertDialog>
  );
}
