"use client";

import { useEffect, useRef } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Countdown } from "@/components/ui/countdown";
import { Progress } from "@/components/ui/progress";
import { isSettled, useOperation, useRetryOperation } from "@/lib/browser/operations";
import { useStepUp } from "@/lib/browser/step-up";
import type { Operation } from "@/lib/contracts/tokens";
import { roughDurationWords } from "@/lib/shared/countdown-words";
import { isolate } from "@/lib/shared/isolate";
import { itemName, OperationResults, useTokensById } from "./operation-results";
import { isOpen, itemDetail, itemWords, pauseOf } from "./operation-words";
import { ProblemBanner } from "./problem-banner";
import { ResultsDownload } from "./results-download";

type OperationProgressProps = { operationId: string; onClose: () => void };

/** How far a bulk revocation is, what came of each token, and another try for those that failed. */
export function OperationProgress({ operationId, onClose }: OperationProgressProps) {
  const { data: operation, error, dataUpdatedAt: answeredAt } = useOperation(operationId);
  const retry = useRetryOperation();
  const { withStepUp } = useStepUp();
  const tokens = useTokensById();
  const pause = operation && pauseOf(operation);
  const pace = usePace(answeredAt, pause !== undefined);
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
    pace.restart();
    // What goes wrong is shown below, by the mutation itself.
    withStepUp(() => retry.mutateAsync(operationId)).catch(() => undefined);
  };
  return (
    <div className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap gap-x-1 text-ink-soft text-sm tabular-nums">
        <p role="status">
          {words(operation, over, failed, pause ? undefined : pace.workedMs)}
          {pause ? ` ${pause.so}` : null}
        </p>
        {pause ? (
          <p>
            {pause.act} <Countdown answer={answeredAt} seconds={pause.seconds} />.
          </p>
        ) : null}
      </div>
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

/** How long the operation has been at work while it was looked at: what it waited for the portal tells nothing of its pace. */
function usePace(answeredAt: number, isPaused: boolean): { workedMs: number; restart: () => void } {
  const pace = useRef({ workedMs: 0, since: performance.now(), isPaused });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer tells of the time up to it
  useEffect(() => {
    const { current } = pace;
    const now = performance.now();
    if (!current.isPaused) current.workedMs += now - current.since;
    current.since = now;
    current.isPaused = isPaused;
  }, [answeredAt, isPaused]);
  return {
    workedMs: pace.current.workedMs,
    restart: () => {
      pace.current = { workedMs: 0, since: performance.now(), isPaused: false };
    },
  };
}

/** @param workedMs how long that took which is over; undefined where nothing tells when the rest is. */
function words(operation: Operation, over: number, failed: number, workedMs: number | undefined): string {
  const { total } = operation;
  if (operation.waitingFor) return `Waiting for a sign-in as ${isolate(operation.waitingFor)}.`;
  if (!isSettled(operation)) {
    if (workedMs === undefined) return `${over} of ${total}.`;
    const leftSeconds = over === 0 ? 0 : ((workedMs / over) * (total - over)) / 1000;
    return `${over} of ${total}${leftSeconds > 0 ? `, about ${roughDurationWords(leftSeconds)} left` : ""}`;
  }
  if (failed === 0)
    return total === 1 ? "It is revoked, and proven." : `All ${total} are revoked, and proven.`;
  const are = (count: number) => (count === 1 ? "is" : "are");
  return `${total - failed} of ${total} ${are(total - failed)} revoked, ${failed} ${are(failed)} not.`;
}
