"use client";

import { StatusDot } from "@/components/ui/status-dot";
import type { LabelTokensAnswer } from "@/lib/contracts/label-tokens";
import type { Token } from "@/lib/contracts/tokens";
import { ResultsDownload } from "../results-download";
import { ResultsList } from "../results-list";
import { nameOf } from "../token-words";

const reasons = {
  wrong_state: "It was revoked in the meantime",
  too_many_tags: "It would have more than 20 tags",
  has_name: "Somebody named it in the meantime",
} as const;

type LabelResultsProps = {
  tokens: readonly Token[];
  items: LabelTokensAnswer["items"];
  /** Of the download. */
  fileName: string;
};

/** What came of a change to many: those that stayed as they were first. */
export function LabelResults({ tokens, items, fileName }: LabelResultsProps) {
  const names = new Map(tokens.map((token) => [token.id, nameOf(token)]));
  const rows = items
    .map(({ tokenId, error }) => ({ tokenId, error, name: names.get(tokenId) ?? tokenId }))
    .sort((a, b) => Number(a.error === undefined) - Number(b.error === undefined));
  const failed = rows.filter(({ error }) => error !== undefined).length;
  return (
    <div className="grid grid-cols-1 gap-3">
      <p className="text-ink-soft text-sm" role="status">
        {words(rows.length, failed)}
      </p>
      <ResultsList
        results={rows.map(({ tokenId, error, name }) => ({
          key: tokenId,
          name,
          outcome: (
            <StatusDot shape={error ? "cross" : "full"} tone={error ? "danger" : "good"}>
              {error ? "Not saved" : "Saved"}
            </StatusDot>
          ),
          detail: error && reasons[error],
        }))}
      />
      <div>
        <ResultsDownload
          fileName={fileName}
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

function words(total: number, failed: number): string {
  if (total === 1) return failed === 0 ? "It is saved." : "It stayed as it was.";
  if (failed === 0) return `All ${total.toLocaleString("en")} are saved.`;
  return `${total - failed} of ${total.toLocaleString("en")} saved; ${failed} stayed as before.`;
}
