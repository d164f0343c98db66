import Link from "next/link";
import type { ReactNode } from "react";
import { reasonWords } from "@/lib/browser/audit-words";
import type { AuditEntry } from "@/lib/contracts/audit";
import { absoluteTime } from "@/lib/shared/relative-time";
import type { TrailRow } from "./fold-intents";

type Fact = { name: string; value: ReactNode };

/** What the details are called; one that is new keeps its own name. */
const names: Record<string, string> = {
  acceptedAt: "Portal agreed",
  unlistedAt: "Off its list",
  deadAt: "Answers 401",
  reason: "Reason",
  note: "Note",
  changed: "Changed",
  with: "Proved with",
  count: "How many",
  new: "New",
  uncounted: "Record was gone",
  disappeared: "Disappeared",
  returned: "Back again",
  code: "Code",
  entries: "Entries in the backup",
  sessions: "Sessions ended",
  mints: "Mints under way",
  revocations: "Revocations under way",
  proof: "Proof",
  signedInAt: "Signed in",
  from: "From",
};

function detailsOf(entry: AuditEntry): Fact[] {
  return Object.entries(entry.detail ?? {}).map(([key, value]) => ({
    name: names[key] ?? key,
    value: wordsOf(key, value),
  }));
}

function wordsOf(key: string, value: unknown): string {
  if (key.endsWith("At") && typeof value === "number") return timeOf(value);
  return key === "reason" ? reasonWords(String(value)) : String(value);
}

const timeOf = (ms: number) => absoluteTime(new Date(ms).toISOString());

/** Everything that an entry holds, and what was asked for before it. Shown as text, never as markup. */
export function EntryDetails({ row }: { row: TrailRow }) {
  const { entry, intents } = row;
  const { tokenId, label } = { ...intents[0]?.target, ...entry.target };
  const facts: Fact[] = [
    { name: "Entry", value: `#${entry.seq}` },
    { name: "Time", value: absoluteTime(entry.at) },
    // In full: in the row a long name is cut off.
    { name: "Who", value: <bdi>{entry.actor.userName}</bdi> },
    // The desk itself belongs to none.
    ...(entry.actor.portal ? [{ name: "Portal", value: entry.actor.portal }] : []),
    { name: "Address", value: entry.ip || "the desk itself" },
    { name: "Request", value: <code className="break-all">{entry.requestId}</code> },
  ];
  if (entry.actor.role) facts.push({ name: "Acting as", value: entry.actor.role });
  if (entry.operationId) {
    facts.push({ name: "Operation", value: <code className="break-all">{entry.operationId}</code> });
  }
  for (const intent of intents) {
    facts.push(
      { name: "Asked for", value: `${absoluteTime(intent.at)} (#${intent.seq})` },
      ...detailsOf(intent),
    );
  }
  facts.push(...detailsOf(entry));
  if (label) facts.push({ name: "What", value: <bdi>{label}</bdi> });
  if (tokenId) facts.push({ name: "Token", value: <TokenLink id={tokenId} /> });
  return (
    <dl className="grid gap-x-8 gap-y-1.5 border-line border-t bg-sunken/50 px-4 py-3 text-xs sm:grid-cols-2 xl:grid-cols-3">
      {[...new Map(facts.map((fact) => [fact.name, fact.value]))].map(([name, value]) => (
        <div className="flex gap-3" key={name}>
          <dt className="w-24 shrink-0 text-ink-faint">{name}</dt>
          <dd className="wrap-anywhere min-w-0 text-ink">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function TokenLink({ id }: { id: string }) {
  return (
    <Link
      className="break-all font-mono text-accent-text underline decoration-accent-line underline-offset-3 hover:decoration-current"
      href={`/tokens/${id}`}
      prefetch={false}
    >
      {id}
    </Link>
  );
}
