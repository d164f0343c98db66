"use client";

import { clsx } from "clsx";
import { Link2, ShieldAlert, ShieldCheck } from "lucide-react";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { isVerifying, useAuditState } from "@/lib/browser/audit";
import { useCalm } from "@/lib/browser/calm";
import { problemWords } from "@/lib/browser/problem-words";
import type { AuditVerification } from "@/lib/contracts/audit";
import type { FilterPatch } from "./audit-filters";
import { UnfinishedList } from "./unfinished-list";

/** What the trail proves of itself: that it is whole, that checkpoints agree, and what has not come to an end. */
export function ChainState({ onChange }: { onChange: (patch: FilterPatch) => void }) {
  const { data, error, isFetching, refetch } = useAuditState();
  // What was fresh enough for the server may be stale a moment later: the first drawing must be the same for both.
  const isCalm = useCalm();
  const broken = data !== undefined && !data.ok;
  return (
    <section
      aria-label="State of the trail"
      className={clsx(
        "rounded-lg border",
        broken ? "border-danger-line bg-danger-soft" : "border-line bg-surface shadow-card",
      )}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-3.5 py-2">
        <StateIcon state={data} />
        <p className="min-w-0 flex-1 basis-60 text-ink-soft text-sm" role="status">
          {data ? (
            <>
              <StateWords state={data} />
              <FailingWords state={data} />
            </>
          ) : error ? (
            problemWords(error).title
          ) : (
            "Reading the trail …"
          )}
        </p>
        <Button
          busy={isCalm && (isFetching || isVerifying(data, error))}
          onClick={() => void refetch()}
          size="sm"
        >
          Check again
        </Button>
      </div>
      {data && data.unfinished.length > 0 ? (
        <UnfinishedList entries={data.unfinished} onChange={onChange} />
      ) : null}
    </section>
  );
}

function StateIcon({ state }: { state: AuditVerification | undefined }) {
  if (!state) return <Link2 aria-hidden className="size-4 text-ink-faint" />;
  return state.ok ? (
    <ShieldCheck aria-hidden className="size-4 text-good-strong" />
  ) : (
    <ShieldAlert aria-hidden className="size-4 text-danger" />
  );
}

function StateWords({ state }: { state: AuditVerification }) {
  const { checkpoints } = state;
  if (!state.ok && state.brokenAt === undefined && checkpoints.uncounted)
    return (
      <span className="text-ink">
        <strong className="font-semibold text-danger">
          The record of checkpoints was changed outside the desk.
        </strong>{" "}
        The entries hold together, but whether some were cut off can no longer be shown. Tell whoever runs
        this desk.
      </span>
    );
  if (!state.ok && state.brokenAt === undefined)
    return (
      <span className="text-ink">
        <strong className="font-semibold text-danger">
          {counted(checkpoints.missing, "checkpoint is", "checkpoints are")} missing.
        </strong>{" "}
        The entries hold together, but the file that would show whether some were cut off is not whole. Tell
        whoever runs this desk.
      </span>
    );
  if (!state.ok)
    return (
      <span className="text-ink">
        <strong className="font-semibold text-danger">Broken at entry {state.brokenAt ?? "?"}.</strong>{" "}
        Someone has changed the trail below the desk, or cut it off. Keep a copy of the store and of the
        checkpoints, and tell whoever runs this desk.
      </span>
    );
  return (
    <>
      <strong className="font-medium text-good">Whole.</strong> {counted(state.entries, "entry", "entries")},
      none changed, missing or moved
      {checkpoints.lastAt ? (
        <>
          ; {counted(checkpoints.agreeing, "checkpoint", "checkpoints")} written apart{" "}
          {checkpoints.agreeing === 1 ? "agrees" : "agree"}, the last <RelativeTime at={checkpoints.lastAt} />
        </>
      ) : null}
      . Checked <RelativeTime at={state.checkedAt} />.
      {checkpoints.replaced > 0
        ? ` ${counted(checkpoints.replaced, "checkpoint is", "checkpoints are")} of a trail that a restored backup has replaced.`
        : null}
    </>
  );
}

function FailingWords({ state }: { state: AuditVerification }) {
  if (!state.checkpoints.failing) return null;
  return (
    <span className="block text-warn">
      The latest checkpoint could not be written: whoever runs this desk should see to its file.
    </span>
  );
}

const counted = (count: number, one: string, many: string) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
