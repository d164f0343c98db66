"use client";

import { Card } from "@/components/ui/card";
import { StatusDot } from "@/components/ui/status-dot";
import type { LabelTokensAnswer, Token } from "@/lib/contracts/tokens";
import { ResultsDownload } from "../results-download";
import { nameOf } from "../token-words";

const shownRows = 100;
const reasons = {
  wrong_state: "It was revoked in the meantime",
  too_many_tags: "It would have more than 20 tags",
} as const;

type LabelResultsProps = { tokens: readonly Token[]; items: LabelTokensAnswer["items"] };

/** What came of a change to many: those that stayed as they were first. */
export function LabelResults({ tokens, items }: LabelResultsProps) {
  const names = new Map(tokens.map((token) => [token.id, nameOf(token)]));
  const rows = items
    .map(({ tokenId, error }) => ({ tokenId, error, name: names.get(tokenId) ?? tokenId }))
    .sort((a, b) => Number(a.error === undefined) - Number(b.error === undefined));
  const failed = rows.filter(({ error }) => error !== undefined).length;
  return (
    <div className="grid grid-cols-1 gap-3">
      <p className="text-ink-soft text-sm" role="status">
        {failed === 0
          ? `All ${rows.length.toLocaleString("en")} are saved.`
          : `${rows.length - failed} are saved, ${failed} stayed as they were.`}
      </p>
      <Card className="max-h-64 overflow-y-auto">
        <ul className="divide-y divide-line">
          {rows.slice(0, shownRows).map(({ tokenId, error, name }) => (
            <li className="flex items-center justify-between gap-4 px-3 py-2 text-sm" key={tokenId}>
              <bdi className="min-w-0 truncate">{name}</bdi>
              <span className="shrink-0 text-right">
                <StatusDot shape={error ? "cross" : "full"} tone={error ? "danger" : "good"}>
                  {error ? "Not saved" : "Saved"}
                </StatusDot>
                {error ? <span className="block text-ink-faint text-xs">{reasons[error]}</span> : null}
              </span>
            </li>
          ))}
        </ul>
        {rows.length > shownRows ? (
          <p className="border-line border-t px-3 py-2 text-ink-faint text-xs">
            And {(rows.length - shownRows).toLocaleString("en")} more, in the download.
          </p>
        ) : null}
      </Card>
      <div>
        <ResultsDownload
          fileName="tokendesk-labels.csv"
          rows={() =>
            rows.map(({ tokenId, error, name }) => ({
              name,
              tokenId,
              outcome: error ? "Not saved" : "Saved",
              detail: error ? reasons[error] : "",
            }))
          }
        />
      </div>
    </div>
  );
}
