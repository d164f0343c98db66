"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { useAskAhead } from "@/lib/browser/operations";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { useRevokeToken } from "@/lib/browser/tokens";
import type { RevokeAnswer } from "@/lib/contracts/tokens";
import { ProblemBanner } from "../problem-banner";

type PutFirstProps = { tokenId: string; onAnswer: (answer: RevokeAnswer) => void };

/** For a token that waits its turn and turns out to have leaked: it is asked for anew, as compromised, and goes first. */
export function PutFirst({ tokenId, onAnswer }: PutFirstProps) {
  const { mutateAsync } = useRevokeToken();
  const { withStepUp } = useStepUp();
  const askAhead = useAskAhead();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const hurry = async () => {
    setError(null);
    setBusy(true);
    try {
      const answer = await withStepUp(() => mutateAsync({ id: tokenId, input: { reason: "compromised" } }));
      // The words that stand there stay until there are new ones.
      await askAhead(answer.operationId);
      onAnswer(answer);
    } catch (thrown) {
      if (!(thrown instanceof StepUpCancelled)) setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="grid grid-cols-1 gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button busy={isBusy} onClick={() => void hurry()} variant="danger-quiet">
          It has leaked: put it first
        </Button>
        <span className="text-ink-faint text-xs">A compromised token goes before everything else.</span>
      </div>
      <ProblemBanner error={error} undone="It waits its turn as before" />
    </div>
  );
}
