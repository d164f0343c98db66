"use client";

import { useMemo, useState } from "react";
import { AlertDialog } from "@/components/ui/alert-dialog";
import { Dialog } from "@/components/ui/dialog";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { needsTypedName, phraseFor } from "@/lib/browser/token-table/permissions";
import { useRevokeTokens } from "@/lib/browser/tokens";
import type { Token } from "@/lib/contracts/tokens";
import { OperationProgress } from "../operation-progress";
import type { ManyTokens } from "../token-dialog-props";
import { leftOutWords, nameOf, ownerNameOf } from "../token-words";
import { emptyDraft, missingFrom, ReasonFields } from "./reason-field";
import { RevokeProblem } from "./revoke-problem";

const namedTokens = 6;

/** A selection, revoked as one operation that goes on without this page. */
export default function RevokeManyDialog({ tokens, leftOut, onClose, finalFocus }: ManyTokens) {
  const [draft, setDraft] = useState(emptyDraft);
  const [error, setError] = useState<unknown>(null);
  const [operationId, setOperationId] = useState<string | null>(null);
  const { mutateAsync, isPending } = useRevokeTokens();
  const { withStepUp } = useStepUp();
  const phrase = phraseFor(tokens);
  const count = tokens.length;
  const them = count === 1 ? "it" : "them";
  const onOpenChange = (open: boolean) => {
    if (!open) onClose();
  };

  if (operationId) {
    return (
      <Dialog
        finalFocus={finalFocus}
        onOpenChange={onOpenChange}
        open
        title={count === 1 ? "Revocation of a token" : `Revocation of ${count} tokens`}
      >
        <OperationProgress onClose={onClose} operationId={operationId} />
      </Dialog>
    );
  }
  const confirm = async () => {
    const { reason, note } = draft;
    if (!reason) return;
    setError(null);
    try {
      const ids = tokens.map((token) => token.id);
      const started = await withStepUp(() => mutateAsync({ ids, reason, note: note.trim() || undefined }));
      setOperationId(started.operationId);
    } catch (thrown) {
      if (!(thrown instanceof StepUpCancelled)) setError(thrown);
    }
  };
  return (
    <AlertDialog
      busy={isPending}
      confirmLabel={count === 1 ? "Revoke token" : `Revoke ${count} tokens`}
      missing={missingFrom(draft, phrase)}
      description={`Anything using ${them} gets 401 as soon as ${count === 1 ? "it is" : "they are"} revoked. The portal cannot restore ${them}. ${leftOutWords("revoke", leftOut)}`}
      finalFocus={finalFocus}
      onConfirm={() => void confirm()}
      onOpenChange={onOpenChange}
      open
      title={count === 1 ? "Revoke this token?" : `Revoke these ${count} tokens?`}
    >
      <div className="grid grid-cols-1 gap-4">
        <Summary tokens={tokens} />
        <ReasonFields draft={draft} onDraft={setDraft} phrase={phrase} />
        <RevokeProblem count={count} error={error} portals={tokens.map(({ owner }) => owner.portal)} />
      </div>
    </AlertDialog>
  );
}

function Summary({ tokens }: { tokens: Token[] }) {
  const owners = useMemo(() => [...new Set(tokens.map((token) => ownerNameOf(token.owner)))], [tokens]);
  const careful = tokens.filter(needsTypedName).length;
  const more = tokens.length - namedTokens;
  return (
    <div className="rounded-lg border border-line bg-surface px-3 py-2.5 text-sm">
      <ul className="grid gap-0.5">
        {tokens.slice(0, namedTokens).map((token) => (
          <li className="flex justify-between gap-4" key={token.id}>
            <bdi className="min-w-0 truncate font-medium">{nameOf(token)}</bdi>
            <span className="shrink-0 font-mono text-ink-faint text-xs">{token.hint}</span>
          </li>
        ))}
      </ul>
      {more > 0 ? <p className="mt-1 text-ink-faint">and {more.toLocaleString("en")} more</p> : null}
      <p className="mt-1.5 text-ink-soft text-xs">
        Of {owners.length === 1 ? <bdi>{owners[0]}</bdi> : `${owners.length} owners`}
        {careful > 0 ? (
          <>
            {" · "}
            <strong className="font-semibold text-danger">{careful} protected or in production</strong>
          </>
        ) : null}
      </p>
    </div>
  );
}
