"use client";

import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { isSettled, useOperation } from "@/lib/browser/operations";
import { useSession } from "@/lib/browser/session";
import type { MintAnswer } from "@/lib/contracts/tokens";
import { MintForm, mintFormId } from "./mint/mint-form";
import { MintResult } from "./mint/mint-result";
import { MintWaiting } from "./mint/mint-waiting";
import { countOf, useMintForm } from "./mint/use-mint-form";
import type { TokenDialogProps } from "./token-dialog-props";

/** From a name to a token that is there. Closing at any time loses nothing: what exists is in the list. */
export default function MintDialog({ onClose, finalFocus }: TokenDialogProps) {
  const { data: session } = useSession();
  const live = session?.connections.filter((connection) => connection.state === "live") ?? [];
  const [answer, setAnswer] = useState<MintAnswer | null>(null);
  const name = useRef<HTMLInputElement>(null);
  const { form, submit, error } = useMintForm(live, setAnswer);
  const { isSubmitting } = form.formState;
  const wanted = countOf(form.watch("count"));
  const again = () => {
    form.setValue("label", "");
    setAnswer(null);
    // The pressed button goes, and the focus with it.
    requestAnimationFrame(() => name.current?.focus());
  };

  const minted = answer?.items;
  return (
    <Dialog
      description={descriptionOf(answer)}
      dismissible={!isSubmitting}
      finalFocus={finalFocus}
      footer={
        answer === null ? (
          <>
            <Button
              disabledReason={isSubmitting ? "It is on its way to the portal" : undefined}
              onClick={onClose}
            >
              Cancel
            </Button>
            <Button
              busy={isSubmitting}
              disabledReason={live.length === 0 ? "Sign in to a portal user again first" : undefined}
              form={mintFormId}
              type="submit"
              variant="primary"
            >
              {wanted === 1 ? "Mint token" : `Mint ${wanted} tokens`}
            </Button>
          </>
        ) : minted ? (
          <Ways onAgain={again} onClose={onClose} />
        ) : (
          <WaysWhileWaiting onAgain={again} onClose={onClose} operationId={answer.operationId} />
        )
      }
      icon={<Plus aria-hidden className="size-5 text-accent-text" />}
      initialFocus={name}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      open
      size="lg"
      title={answer && !answer.items ? <WaitingTitle operationId={answer.operationId} /> : titleOf(answer)}
    >
      {answer === null ? (
        <MintForm connections={live} error={error} form={form} nameRef={name} onSubmit={submit} />
      ) : minted ? (
        <MintResult tokens={minted} />
      ) : (
        <MintWaiting operationId={answer.operationId} />
      )}
    </Dialog>
  );
}

function titleOf(answer: MintAnswer | null): string {
  if (!answer?.items) return "Mint a token";
  return answer.items.length === 1 ? "It is there" : `${answer.items.length} tokens are there`;
}

function WaitingTitle({ operationId }: { operationId: string }) {
  const { data: operation } = useOperation(operationId);
  if (!operation || !isSettled(operation)) return "Finding out";
  const { done, total } = operation;
  if (done === 0) return total === 1 ? "It was not minted" : "None was minted";
  if (done < total) return `${done} of ${total} tokens are there`;
  return total === 1 ? "It is there" : `${total} tokens are there`;
}

function descriptionOf(answer: MintAnswer | null): string | undefined {
  if (answer === null) return "The portal makes it at once, and it works until it is revoked.";
  if (!answer.items) return undefined;
  return `You can copy ${answer.items.length === 1 ? "it" : "them"} again at any time, from the list.`;
}

type WaysProps = { onAgain: () => void; onClose: () => void; settled?: boolean };

/** One row of buttons for both, so that the one with the focus stays when the outcome is known. */
function Ways({ onAgain, onClose, settled = true }: WaysProps) {
  return (
    <>
      {settled ? <Button onClick={onAgain}>Mint another</Button> : null}
      <Button onClick={onClose} variant="primary">
        {settled ? "Done" : "Close"}
      </Button>
    </>
  );
}

function WaysWhileWaiting({ operationId, ...ways }: WaysProps & { operationId: string }) {
  const { data: operation } = useOperation(operationId);
  return <Ways {...ways} settled={operation !== undefined && isSettled(operation)} />;
}
