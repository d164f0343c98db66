"use client";

import { RelativeTime } from "@/components/ui/relative-time";
import { auditActionWords } from "@/lib/browser/audit-words";
import type { AuditEntry } from "@/lib/contracts/audit";
import type { FilterPatch } from "./audit-filters";

type UnfinishedListProps = { entries: AuditEntry[]; onChange: (patch: FilterPatch) => void };

/** What was asked for and has no outcome: under way still, or cut off as the desk stopped. */
export function UnfinishedList({ entries, onChange }: UnfinishedListProps) {
  return (
    <details className="border-line border-t text-sm">
      <summary className="min-h-6 cursor-pointer px-3.5 py-2 text-ink-soft pointer-coarse:min-h-11">
        <strong className="font-medium text-ink">{entries.length} without an outcome</strong>: under way, or
        cut off when the desk stopped
      </summary>
      <ul className="grid gap-1 px-3.5 pb-2.5">
        {entries.map((entry) => (
          <li className="flex flex-wrap items-baseline gap-x-1.5" key={entry.seq}>
            <span className="text-ink-faint text-xs">
              <RelativeTime at={entry.at} />
            </span>
            <span>{entry.actor.userName}</span>
            <span className="text-ink-soft">{auditActionWords(entry)}</span>
            <Target entry={entry} onChange={onChange} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Target({ entry, onChange }: { entry: AuditEntry; onChange: (patch: FilterPatch) => void }) {
  const { tokenId, label } = entry.target ?? {};
  if (!tokenId) return <span className="font-medium">{label}</span>;
  return (
    <button
      className="min-h-6 rounded-xs font-medium decoration-line-control underline-offset-3 hover:underline"
      onClick={() => onChange({ token: tokenId })}
      title="Only this token"
      type="button"
    >
      {label ?? `${tokenId.slice(0, 12)}…`}
    </button>
  );
}
