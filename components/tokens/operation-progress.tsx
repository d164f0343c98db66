"use client";

import { useEffect, useRef, useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Countdown } from "@/components/ui/countdown";
import { useAnnounce } from "@/components/ui/live-region";
import { Progress } from "@/components/ui/progress";
import { isSettled, useOperation, useRetryOperation } from "@/lib/browser/operations";
import { useStepUp } from "@/lib/browser/step-up";
import type { Operation } from "@/lib/contracts/tokens";
import { roughDurationWords } from "@/lib/shared/countdown-words";
import { isolate } from "@/lib/shared/isolate";
import { itemName, OperationResults, useTokensById } from "./operation-results";
import { isHeldBack, isOpen, itemDetail, itemWords, pauseOf } from "./operation-words";
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
  const pace = usePace(operation);
  const news = useNews(operation && (pause?.so ?? outcomeWords(operation)));
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
  const over = overOf(operation);
  const settled = isSettled(operation);
  const again = () => {
    pace.restart();
    news.restart();
    // What goes wrong is shown below, by the mutation itself.
    withStepUp(() => retry.mutateAsync(operationId)).catch(() => undefined);
  };
  return (
    <div className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap gap-x-1 text-ink-soft text-sm tabular-nums">
        <p>
          {outcomeWords(operation) ?? progressWords(operation, pace.leftSeconds)}
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
        <Banner title="You can close this or leave the page">
          The desk goes on by itself. Stay signed in until it is done.
        </Banner>
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

/** Below that the first few tell nothing of the rest. */
const tellingMs = 5_000;

/**
 * How long the rest takes, at the pace until now. Unknown before that tells anything, and from the first time on that the
 * operation was held back: then the desk's calls are shared with others, and who can say with how many.
 */
function usePace(operation: Operation | undefined): { leftSeconds?: number; restart: () => void } {
  const [start, setStart] = useState(() => ({ at: performance.now(), over: 0 }));
  const [wasHeldBack, setWasHeldBack] = useState(false);
  const restart = () => {
    setStart({ at: performance.now(), over: operation?.done ?? 0 });
    setWasHeldBack(false);
  };
  if (!operation) return { restart };
  if (!wasHeldBack && isHeldBack(operation)) setWasHeldBack(true);
  const over = overOf(operation);
  const count = over - start.over;
  const workedMs = performance.now() - start.at;
  if (wasHeldBack || count <= 0 || workedMs < tellingMs) return { restart };
  return { leftSeconds: ((workedMs / count) * (operation.total - over)) / 1000, restart };
}

/** Reads out what matters, each of it once: not how far it is each second, nor each pause of many. */
function useNews(news: string | undefined): { restart: () => void } {
  const announce = useAnnounce();
  const said = useRef(new Set<string>());
  useEffect(() => {
    if (news === undefined || said.current.has(news)) return;
    said.current.add(news);
    announce(news);
  }, [announce, news]);
  return { restart: () => said.current.clear() };
}

const overOf = ({ items }: Operation): number => items.filter((item) => !isOpen(item)).length;

/** What came of it, or whom it waits for; undefined while it goes on by itself. */
function outcomeWords(operation: Operation): string | undefined {
  const { total, items, waitingFor } = operation;
  if (waitingFor) return `Waiting for a sign-in as ${isolate(waitingFor)}.`;
  if (!isSettled(operation)) return undefined;
  const failed = items.filter(({ state }) => state === "failed").length;
  if (failed === 0)
    return total === 1 ? "It is revoked, and proven." : `All ${total} are revoked, and proven.`;
  const are = (count: number) => (count === 1 ? "is" : "are");
  return `${total - failed} of ${total} ${are(total - failed)} revoked, ${failed} ${are(failed)} not.`;
}

function progressWords(operation: Operation, leftSeconds: number | undefined): string {
  const left = leftSeconds ? `, about ${roughDurationWords(leftSeconds)} left` : "";
  return `${overOf(operation)} of ${operation.total}${left}.`;
}
