"use client";

import { clsx } from "clsx";
import { ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { RelativeTime } from "@/components/ui/relative-time";
import { type DotShape, StatusDot, type Tone } from "@/components/ui/status-dot";
import { auditActionWords, auditResultNames } from "@/lib/browser/audit-words";
import type { AuditResult } from "@/lib/contracts/audit";
import type { FilterPatch } from "./audit-filters";
import { EntryDetails } from "./entry-details";
import type { TrailRow } from "./fold-intents";

/** The columns on a wide screen; the head of the list uses the same. */
export const trailGrid =
  "lg:grid lg:grid-cols-[5.5rem_minmax(9rem,14rem)_minmax(0,1fr)_6.5rem_8.5rem_1.75rem] lg:items-center lg:gap-x-4";

const looks: Record<AuditResult, { tone: Tone; shape: DotShape }> = {
  ok: { tone: "good", shape: "full" },
  intent: { tone: "info", shape: "ring" },
  unknown: { tone: "warn", shape: "half" },
  refused: { tone: "danger", shape: "ring" },
  failed: { tone: "danger", shape: "cross" },
};

const linkClass =
  "max-w-full truncate rounded-xs text-left hover:underline decoration-line-control underline-offset-3";

type TrailEntryProps = { row: TrailRow; onChange: (patch: FilterPatch) => void };

export function TrailEntry({ row, onChange }: TrailEntryProps) {
  const { entry } = row;
  const [open, setOpen] = useState(false);
  const detailsId = useId();
  const look = looks[entry.result];
  return (
    <li className="border-line border-b last:border-b-0">
      <div className={clsx(trailGrid, "relative grid grid-cols-[1fr_auto] gap-x-3 gap-y-1 px-4 py-2.5")}>
        <span className="order-4 text-ink-faint text-xs lg:order-none">
          <RelativeTime at={entry.at} />
        </span>
        <span className="order-1 min-w-0 lg:order-none">
          <button
            className={clsx(linkClass, "block min-h-6 font-medium text-sm pointer-coarse:min-h-11")}
            onClick={() => onChange({ actor: entry.actor.userName })}
            title="Only theirs"
            type="button"
          >
            {entry.actor.userName}
          </button>
        </span>
        <span className="order-3 col-span-2 min-w-0 text-sm lg:order-none lg:col-span-1">
          <Sentence onChange={onChange} row={row} />
        </span>
        <span className="order-5 flex justify-self-end text-xs lg:order-none lg:justify-self-start">
          <StatusDot shape={look.shape} tone={look.tone}>
            {auditResultNames[entry.result]}
          </StatusDot>
        </span>
        <span className="hidden truncate font-mono text-ink-faint text-xs lg:block">
          {entry.ip || "the desk"}
        </span>
        <button
          aria-controls={detailsId}
          aria-expanded={open}
          aria-label={`Details of entry ${entry.seq}`}
          className="order-2 flex size-6 items-center justify-center justify-self-end rounded-sm text-ink-faint hover:bg-hover hover:text-ink lg:order-none pointer-coarse:size-11"
          onClick={() => setOpen(!open)}
          type="button"
        >
          <ChevronRight aria-hidden className={clsx("size-4 transition-transform", open && "rotate-90")} />
        </button>
      </div>
      <div hidden={!open} id={detailsId}>
        {open ? <EntryDetails row={row} /> : null}
      </div>
    </li>
  );
}

/** "minted crm-import": what was done, and to what. */
function Sentence({ row, onChange }: TrailEntryProps) {
  const { entry, intents } = row;
  // The outcome does not repeat all that the intent has said.
  const target = { ...intents[0]?.target, ...entry.target };
  const tokenId = target.tokenId;
  return (
    <span className="flex min-w-0 flex-wrap items-baseline gap-x-1.5">
      <span className="text-ink-soft">{auditActionWords(entry)}</span>
      {tokenId ? (
        <button
          className={clsx(
            linkClass,
            "min-h-6 font-medium pointer-coarse:min-h-11",
            !target.label && "font-mono text-xs",
          )}
          onClick={() => onChange({ token: tokenId })}
          title="Only this token"
          type="button"
        >
          {target.label ?? `${tokenId.slice(0, 12)}…`}
        </button>
      ) : target.label ? (
        <span className="truncate font-medium">{target.label}</span>
      ) : null}
      {target.userName && target.userName !== entry.actor.userName ? (
        <span className="truncate text-ink-faint text-xs">
          of <bdi>{target.userName}</bdi>
        </span>
      ) : null}
    </span>
  );
}
