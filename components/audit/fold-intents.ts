import type { AuditEntry } from "@/lib/contracts/audit";

/** An entry, and how many intents it answers. */
export type TrailRow = { entry: AuditEntry; intents: AuditEntry[] };

const keyOf = (entry: AuditEntry): string | undefined =>
  entry.operationId === undefined ? undefined : `${entry.action} ${entry.operationId}`;

/**
 * Folds each `intent` into the outcome of the same operation: the trail holds both, and people read one. The fold
 * hangs on the newest outcome; an intent whose outcome is not there (yet, or in this list) stays a row of its own.
 * Entries come newest first, and stay so.
 */
export function foldIntents(entries: readonly AuditEntry[]): TrailRow[] {
  const rows: TrailRow[] = [];
  const outcomes = new Map<string, TrailRow>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const outcome = key === undefined ? undefined : outcomes.get(key);
    if (entry.result === "intent" && outcome) {
      outcome.intents.push(entry);
      continue;
    }
    const row: TrailRow = { entry, intents: [] };
    rows.push(row);
    if (key !== undefined && entry.result !== "intent" && !outcome) outcomes.set(key, row);
  }
  return rows;
}
