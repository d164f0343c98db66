import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";

/** As many rows as anybody reads; the download has them all. */
const shownRows = 100;

type Result = { key: string | number; name: string; outcome: ReactNode; detail?: string };

/** A result a row. */
export function ResultsList({ results }: { results: Result[] }) {
  return (
    <Card className="max-h-72 overflow-y-auto">
      <ul
        aria-label="Results"
        className="divide-y divide-line rounded-lg focus-visible:-outline-offset-2"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too
        tabIndex={0}
      >
        {results.slice(0, shownRows).map(({ key, name, outcome, detail }) => (
          <li className="flex items-center justify-between gap-4 px-3 py-2 text-sm" key={key}>
            <bdi className="min-w-0 truncate">{name}</bdi>
            <span className="max-w-[60%] shrink-0 text-right">
              {outcome}
              {detail ? <span className="block text-ink-faint text-xs">{detail}</span> : null}
            </span>
          </li>
        ))}
      </ul>
      {results.length > shownRows ? (
        <p className="border-line border-t px-3 py-2 text-ink-faint text-xs">
          And {(results.length - shownRows).toLocaleString("en")} more, in the download.
        </p>
      ) : null}
    </Card>
  );
}
