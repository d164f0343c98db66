"use client";

import { useEffect, useRef } from "react";
import { Banner } from "@/components/ui/banner";
import { Progress } from "@/components/ui/progress";
import { isSettled, useOperation } from "@/lib/browser/operations";
import type { Operation } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { OperationResults } from "../operation-results";
import { ProblemBanner } from "../problem-banner";

/**
 * The portal gave no clear answer. Until its list has told what it made, nothing is called failed; closing does not
 * stop the finding out.
 */
export function MintWaiting({ operationId }: { operationId: string }) {
  const { data: operation, error } = useOperation(operationId);
  const settled = operation !== undefined && isSettled(operation);
  const status = useRef<HTMLParagraphElement>(null);
  // The form is gone, and the focus with it.
  useEffect(() => status.current?.focus(), []);
  return (
    <div className="grid grid-cols-1 gap-4">
      <p className="text-ink-soft text-sm outline-none" ref={status} role="status" tabIndex={-1}>
        {operation ? words(operation) : "Asking the desk how far it is…"}
      </p>
      {operation ? (
        <>
          <Progress label="Tokens minted" max={operation.total} value={operation.done} />
          <OperationResults operation={operation} />
        </>
      ) : (
        <ProblemBanner error={error} />
      )}
      {settled ? null : (
        <Banner title="You can close this: the desk goes on by itself">
          A token that turns up is in the list, under the name that it was to have.
        </Banner>
      )}
    </div>
  );
}

function words(operation: Operation): string {
  if (operation.waitingFor)
    return `Waiting for a sign-in as ${isolate(operation.waitingFor)}: only they can see what was made.`;
  if (!isSettled(operation)) {
    return "The portal has not said what it made. The desk looks at its list, for two minutes at most.";
  }
  const { done, total } = operation;
  if (done === 0) return "The portal's list shows nothing new.";
  const what = done === total ? (total === 1 ? "it" : "all of them") : `${done} of ${total}`;
  return `The portal's list shows ${what}. Check what was found again, then confirm its name in the list.`;
}
