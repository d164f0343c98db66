"use client";

import { Card } from "@/components/ui/card";
import { Progress } from "@/components/ui/progress";
import { StatusDot } from "@/components/ui/status-dot";
import { ResultsDownload } from "../results-download";
import { nameOf } from "../token-words";
import type { PatchResult } from "./use-many-patches";

const shownRows = 100;
const words = { waiting: "Waiting", done: "Saved", failed: "Not saved" } as const;
const rank = { failed: 0, waiting: 1, done: 2 } as const;

/** How far it is, and what came of each. */
export function PatchResults({ results, running }: { results: PatchResult[]; running: boolean }) {
  const over = results.filter((result) => result.state !== "waiting").length;
  const failed = results.filter((result) => result.state === "failed").length;
  const rows = [...results].sort((a, b) => rank[a.state] - rank[b.state]);
  return (
    <div className="grid grid-cols-1 gap-3">
      <p className="text-ink-soft text-sm" role="status">
        {running
          ? `${over} of ${results.length}. Keep this page open: leaving it stops the rest.`
          : failed === 0
            ? `All ${results.length} are saved.`
            : `${results.length - failed} are saved, ${failed} are not.`}
      </p>
      <Progress
        label="Tokens labelled"
        max={results.length}
        tone={failed > 0 ? "warn" : running ? "accent" : "good"}
        value={over}
      />
      <Card className="max-h-64 overflow-y-auto">
        <ul className="divide-y divide-line">
          {rows.slice(0, shownRows).map(({ token, state, detail }) => (
            <li className="flex items-center justify-between gap-4 px-3 py-2 text-sm" key={token.id}>
              <bdi className="min-w-0 truncate">{nameOf(token)}</bdi>
              <span className="shrink-0 text-right">
                <StatusDot
                  shape={state === "failed" ? "cross" : state === "done" ? "full" : "ring"}
                  tone={state === "failed" ? "danger" : state === "done" ? "good" : "neutral"}
                >
                  {words[state]}
                </StatusDot>
                {detail ? <span className="block text-ink-faint text-xs">{detail}</span> : null}
              </span>
            </li>
          ))}
        </ul>
      </Card>
      {running ? null : (
        <div>
          <ResultsDownload
            fileName="tokendesk-labels.csv"
            rows={() =>
              rows.map(({ token, state, detail }) => ({
                name: nameOf(token),
                tokenId: token.id,
                outcome: words[state],
                detail,
              }))
            }
          />
        </div>
      )}
    </div>
  );
}
