"use client";

import Link from "next/link";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { type DotShape, StatusDot, type Tone } from "@/components/ui/status-dot";
import { useAudit } from "@/lib/browser/audit";
import { auditActionWords, auditResultNames } from "@/lib/browser/audit-words";
import type { AuditEntry, AuditResult } from "@/lib/contracts/audit";
import { isolate } from "@/lib/shared/isolate";
import { ProblemBanner } from "../problem-banner";
import { checkLooks, reasonWords } from "../token-words";

const looks: Record<AuditResult, { tone: Tone; shape: DotShape }> = {
  ok: { tone: "good", shape: "full" },
  intent: { tone: "info", shape: "ring" },
  unknown: { tone: "warn", shape: "half" },
  refused: { tone: "danger", shape: "ring" },
  failed: { tone: "danger", shape: "cross" },
};

/** Who did what with it, from the audit trail, newest first. */
export function TokenHistory({ tokenId }: { tokenId: string }) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useAudit({ token: tokenId });
  const entries = withoutAnsweredIntents(data?.pages.flatMap((page) => page.items) ?? []);
  return (
    <Card>
      <div className="flex items-center justify-between border-line border-b py-3 pr-2 pl-4">
        <h2 className="font-semibold text-sm">History</h2>
        <Link
          className="-my-1 pointer-coarse:-my-3 rounded px-2 py-1 pointer-coarse:py-3 text-ink-soft text-xs hover:bg-hover hover:text-ink"
          href={`/audit?token=${encodeURIComponent(tokenId)}`}
          prefetch={false}
        >
          In the audit trail
        </Link>
      </div>
      <div className="px-4 py-3">
        <ProblemBanner error={error} />
        {entries.length === 0 && !error ? (
          <p className="py-4 text-center text-ink-faint text-sm">
            Nothing yet. What is done with it from this desk is noted here.
          </p>
        ) : null}
        <ol className="relative grid gap-3.5 before:absolute before:top-2 before:bottom-2 before:left-[3.5px] before:w-px before:bg-line">
          {entries.map((entry) => (
            <Entry entry={entry} key={entry.seq} />
          ))}
        </ol>
        {hasNextPage ? (
          <Button
            busy={isFetchingNextPage}
            className="mt-3 w-full"
            onClick={() => void fetchNextPage()}
            size="sm"
            variant="ghost"
          >
            Show earlier entries
          </Button>
        ) : null}
      </div>
    </Card>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const look = looks[entry.result];
  const detail = detailWords(entry);
  return (
    <li className="relative flex gap-3 text-sm">
      <StatusDot
        className="relative mt-1.5 h-2 rounded-full bg-surface ring-2 ring-surface"
        hideWord
        shape={look.shape}
        tone={look.tone}
      >
        {auditResultNames[entry.result]}
      </StatusDot>
      <div className="min-w-0 flex-1 wrap-anywhere">
        <p>
          <bdi className="font-medium">{entry.actor.userName}</bdi>{" "}
          <span className="text-ink-soft">
            {deedWords(entry)}
            {entry.result === "ok" || entry.result === "intent"
              ? ""
              : `: ${auditResultNames[entry.result].toLowerCase()}`}
          </span>
        </p>
        <p className="text-ink-faint text-xs">
          <RelativeTime at={entry.at} />
          {detail ? (
            <>
              {" · "}
              <bdi>{detail}</bdi>
            </>
          ) : null}
        </p>
      </div>
    </li>
  );
}

function deedWords(entry: AuditEntry): string {
  if (entry.action === "token.label") return "changed its details";
  if (entry.action === "token.unseal") return "erased its sealed copy";
  return `${auditActionWords(entry)} it`;
}

const fieldWords: Record<string, string> = {
  label: "name",
  integrationId: "integration",
  expiresAt: "expiry date",
  protected: "protection",
};

/** `label tags`, as people say it. `expiry` only ever comes with its date. */
function changedWords(changed: string): string {
  const fields = changed.split(" ").filter((field) => field !== "expiry");
  return fields.map((field) => wordOf(fieldWords, field) ?? field).join(", ");
}

/** The part of an entry's details that belongs into one line. */
function detailWords({ action, detail }: AuditEntry): string {
  if (!detail) return "";
  const { result, reason, note, changed, was, as } = detail;
  const checked = wordOf(checkLooks, result)?.word;
  const why = wordOf(reasonWords, reason);
  switch (action) {
    case "token.check":
      return checked ?? "";
    case "token.revoke":
      return [why, typeof note === "string" ? isolate(note) : ""].filter(Boolean).join(": ");
    case "token.label":
      return typeof was === "string"
        ? `was “${isolate(was)}”`
        : typeof changed === "string"
          ? changedWords(changed)
          : "";
    case "token.copy":
      return as === undefined || as === "raw" ? "" : `as ${as}`;
    default:
      return "";
  }
}

/** Details are what was written when it happened: only words that are known are shown as such. */
function wordOf<T>(words: Record<string, T>, key: unknown): T | undefined {
  return typeof key === "string" && Object.hasOwn(words, key) ? words[key] : undefined;
}

/** An intent whose outcome is here says nothing more, but for why a token was revoked. */
function withoutAnsweredIntents(entries: AuditEntry[]): AuditEntry[] {
  const answered = new Set(
    entries.flatMap((entry) =>
      entry.result !== "intent" && entry.operationId ? `${entry.action} ${entry.operationId}` : [],
    ),
  );
  return entries.filter(
    (entry) =>
      entry.result !== "intent" ||
      entry.action === "token.revoke" ||
      !answered.has(`${entry.action} ${entry.operationId}`),
  );
}
