"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { useLabelTokens } from "@/lib/browser/tokens";
import { ProblemBanner } from "../problem-banner";
import type { ManyTokens } from "../token-dialog-props";
import { leftOutWords } from "../token-words";
import { changeOf, faultsOf, LabelManyFields, nothingChosen } from "./label-many-fields";
import { LabelResults } from "./label-results";

/** One change for many tokens, sent as one request: all of it is saved or nothing, whether the page stays or not. */
export default function LabelManyDialog({ tokens, leftOut, onClose, finalFocus }: ManyTokens) {
  const [choice, setChoice] = useState(nothingChosen);
  const [error, setError] = useState<unknown>(null);
  const { mutateAsync, data, isPending } = useLabelTokens();
  const { withStepUp } = useStepUp();
  const change = changeOf(choice);
  const isFaulty = Object.values(faultsOf(choice)).some(Boolean);
  const missing =
    Object.keys(change).length === 0
      ? "Nothing to change yet"
      : isFaulty
        ? "Fix what is marked first"
        : undefined;
  const count = tokens.length.toLocaleString("en");

  const save = async () => {
    setError(null);
    try {
      await withStepUp(() => mutateAsync({ ids: tokens.map(({ id }) => id), ...change }));
    } catch (thrown) {
      if (!(thrown instanceof StepUpCancelled)) setError(thrown);
    }
  };

  return (
    <Dialog
      description={
        data
          ? undefined
          : `What you leave empty stays as it is on each of them. ${leftOutWords("edit", leftOut)}`
      }
      dismissible={!isPending}
      finalFocus={finalFocus}
      footer={
        data ? (
          <Button onClick={onClose} variant="primary">
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button busy={isPending} disabledReason={missing} onClick={() => void save()} variant="primary">
              {tokens.length === 1 ? "Save" : `Save for all ${count}`}
            </Button>
          </>
        )
      }
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      open
      title={tokens.length === 1 ? "Details of a token" : `Details of ${count} tokens`}
    >
      {data ? (
        <LabelResults fileName="tokendesk-labels.csv" items={data.items} tokens={tokens} />
      ) : (
        <div className="grid grid-cols-1 gap-4">
          <LabelManyFields choice={choice} onChange={setChoice} tokens={tokens} />
          <ProblemBanner error={error} undone="Not saved" />
        </div>
      )}
    </Dialog>
  );
}
