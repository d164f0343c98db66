"use client";

import { Link2, ShieldAlert, ShieldCheck } from "lucide-react";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { useVerifyAudit } from "@/lib/browser/audit";
import { problemWords } from "@/lib/browser/problem-words";

/** Whether the chain of entries is whole. Asked for, because it reads the trail from its first entry. */
export function ChainState() {
  const verify = useVerifyAudit();
  const { data, error, isPending } = verify;
  return (
    <div
      className={
        data && !data.ok
          ? "flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-danger-line bg-danger-soft px-3.5 py-2"
          : "flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-line bg-surface px-3.5 py-2 shadow-card"
      }
    >
      {data ? (
        data.ok ? (
          <ShieldCheck aria-hidden className="size-4 text-good-strong" />
        ) : (
          <ShieldAlert aria-hidden className="size-4 text-danger" />
        )
      ) : (
        <Link2 aria-hidden className="size-4 text-ink-faint" />
      )}
      <p className="min-w-0 flex-1 basis-60 text-ink-soft text-sm" role="status">
        {error ? problemWords(error).title : null}
        {data?.ok ? (
          <>
            <strong className="font-medium text-good">Whole.</strong> {data.entries.toLocaleString("en")}{" "}
            {data.entries === 1 ? "entry" : "entries"}, none changed, missing or moved; looked at{" "}
            <RelativeTime at={data.checkedAt} />. Head{" "}
            <code className="text-xs">{data.headHash.slice(0, 12)}</code>
          </>
        ) : null}
        {data && !data.ok ? (
          <span className="text-ink">
            <strong className="font-semibold text-danger">Broken at entry {data.brokenAt ?? "?"}.</strong>{" "}
            Someone has changed the trail below the desk. Keep a copy of the store, and tell whoever runs this
            desk.
          </span>
        ) : null}
        {!data && !error ? "The chain has not been looked at yet." : null}
      </p>
      <Button busy={isPending} onClick={() => verify.mutate()} size="sm">
        {data ? "Check again" : "Check the chain"}
      </Button>
    </div>
  );
}
