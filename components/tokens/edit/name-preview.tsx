"use client";

import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Token } from "@/lib/contracts/tokens";

/** As many rows as anybody reads; the last one says how far the numbers go. */
const shownRows = 100;

type NamePreviewProps = {
  tokens: readonly Token[];
  /** In the order of the tokens; none while there is nothing to show. */
  names: readonly string[];
  /** The same of names in use that these are. */
  takenBy: readonly (string | undefined)[];
};

/** Which token gets which name, before anything is saved. */
export function NamePreview({ tokens, names, takenBy }: NamePreviewProps) {
  const rows = tokens.map((token, index) => ({ token, name: names[index], isTaken: takenBy[index] }));
  const shown = rows.length > shownRows ? [...rows.slice(0, shownRows - 1), ...rows.slice(-1)] : rows;
  const hidden = rows.length - shown.length;
  return (
    <Card className="max-h-64 overflow-y-auto">
      <ul
        aria-label="Which token gets which name"
        className="divide-y divide-line rounded-lg focus-visible:-outline-offset-2"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too
        tabIndex={0}
      >
        {shown.map(({ token, name, isTaken }, index) => (
          <li className="px-3 py-1.5 text-sm" key={token.id}>
            {hidden > 0 && index === shown.length - 1 ? (
              <p className="-mt-0.5 mb-1 text-ink-faint text-xs">{hidden.toLocaleString("en")} more, then</p>
            ) : null}
            <span className="flex flex-col gap-x-4 gap-y-1 sm:flex-row sm:items-baseline sm:justify-between">
              <span className="min-w-0 shrink-0">
                <span className="font-mono text-ink-soft text-xs">{token.hint}</span>
                <span className="block text-ink-faint text-xs">
                  {token.createdAt === undefined ? "first seen" : "created"}{" "}
                  <RelativeTime at={token.createdAt ?? token.firstSeenAt} focusable={false} />
                </span>
              </span>
              {name === undefined ? (
                <span className="text-ink-faint">No name yet</span>
              ) : (
                <span className="min-w-0 sm:text-right">
                  {/* All of it: what tells them apart is the number, and that may be its end. */}
                  <bdi className="wrap-anywhere block font-semibold text-ink">{name}</bdi>
                  {isTaken ? <span className="block text-warn text-xs">taken already</span> : null}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
