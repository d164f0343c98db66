"use client";

import { useRef } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import { isSettled, useOperation, useRetryOperation } from "@/lib/browser/operations";
import { useStepUp } from "@/lib/browser/step-up";
import type { Operation } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { itemName, OperationResults, useTokensById } from "./operation-results";
import { isOpen, itemDetail, itemWords } from "./operation-words";
import { ProblemBanner } from "./problem-banner";
import { ResultsDownload } from "./results-download";

type OperationProgressProps = { operationId: string; onClose: () => void };

/** How far a bulk revocation is, what came of each token, and another try for those that failed. */
export function OperationProgress({ operationId, onClose }: OperationProgressProps) {
  const { data: operation, error } = useOperation(operationId);
  const retry = useRetryOperation();
  const { withStepUp } = useStepUp();
  const tokens = useTokensById();
  const startedAt = useRef(performance.now());
  if (!operation) {
    return error ? (
      <ProblemBanner error={error} />
    ) : (
      <p className="text-ink-soft text-sm" role="status">
        Asking the desk how far it is…
      </p>
    );
  }
  const failed = operation.items.filter((item) => item.state === "failed").length;
  const over = operation.items.filter((item) => !isOpen(item)).length;
  const settled = isSettled(operation);
  const again = () => {
    startedAt.current = performance.now();
    // What goes wrong is shown below, by the mutation itself.
    withStepUp(() => retry.mutateAsync(operationId)).catch(() => undefined);
  };
  return (
    <div className="grid grid-cols-1 gap-3">
      <p className="text-ink-soft text-sm tabular-nums" role="status">
        {words(operation, over, failed, performance.now() - startedAt.current)}
      </p>
      <Progress
        label="Tokens revoked"
        max={operation.total}
        tone={failed > 0 ? "warn" : settled ? "good" : "accent"}
        value={over}
      />
      <OperationResults operation={operation} />
      <ProblemBanner error={retry.error} />
      {settled ? null : (
        <Banner title="You can close this or leave the page">The desk goes on by itself.</Banner>
      )}
      <div className="-mx-5 -mb-5 mt-1 flex flex-wrap items-center justify-end gap-2 border-line border-t bg-surface px-5 py-3">
        <span className="mr-auto">
          <ResultsDownload
            fileName="tokendesk-revocations.csv"
            rows={() =>
              operation.items.map((item) => ({
                name: itemName(item, tokens),
                tokenId: item.tokenId ?? "",
                outcome: itemWords(operation.kind, item),
                detail: item.state === "done" ? "" : itemDetail(item),
              }))
            }
          />
        </span>
        {failed > 0 && settled ? (
          <Button busy={retry.isPending} onClick={again}>
            Try the {failed} failed again
          </Button>
        ) : null}
        <Button onClick={onClose} variant="primary">
          {settled ? "Done" : "Close"}
        </Button>
      </div>
    </div>
  );
}

function words(operation: Operation, over: number, failed: number, elapsedMs: number): string {
  const { total } = operation;
  if (operation.waitingFor) return `Waiting for a sign-in as ${isolate(operation.waitingFor)}.`;
  if (!isSettled(operation)) {
    const leftSeconds = over === 0 ? 0 : Math.ceil(((elapsedMs / over) * (total - over)) / 1000);
    return `${over} of ${total}${leftSeconds > 0 ? `, about ${leftSeconds} s left` : ""}`;
  }
  if (failed === 0)
    return total === 1 ? "It is revoked, and proven." : `All ${total} are revoked, and proven.`;
  const are = (count: number) => (count === 1 ? "is" : "are");
  return `${total - failed} of ${total} ${are(total - failed)} revoked, ${failed} ${are(failed)} not.`;
}
