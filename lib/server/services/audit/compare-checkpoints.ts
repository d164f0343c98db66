import "server-only";
import type { Keys } from "../../crypto";
import type { AuditBody, AuditLink } from "../../store/audit";
import { type Checkpoint, isGenuine, isRestoreProof } from "./checkpoint";

/** What checkpoints say of a chain. */
export type CheckpointFindings = {
  /** So many are of the chain as it is. */
  agreeing: number;
  /** When the last one was written. */
  lastAt?: string;
  /** Of a longer trail that a restored backup has replaced since. */
  replaced: number;
  /** The first entry that one of them contradicts: changed, cut off, or the checkpoint is not the desk's. */
  brokenAt?: number;
};

/** Where a backup was restored: its last entry, and when. */
export type Restore = { entries: number; at: number };

/** A chain as far as it holds. */
export type Chain = {
  /** The hashes of those of these entries that it has. */
  hashesOf(entries: number[]): Promise<Map<number, string | undefined>>;
  restores: Restore[];
  /** Whether a checkpoint is of an entry that could not be there: without it none is. */
  isBeyond?(checkpoint: Checkpoint): boolean;
};

/** So many are looked up at a time. */
const batch = 500;

/**
 * Holds checkpoints against a chain. One that is of no entry of it, or of another entry in its place, contradicts it, unless a
 * restored backup explains that.
 * @param keys without them a checkpoint counts as the desk's, and so does what an entry says of a restore.
 */
export async function compareCheckpoints(
  checkpoints: AsyncIterable<Checkpoint>,
  chain: Chain,
  keys?: Pick<Keys, "audit">,
): Promise<CheckpointFindings> {
  const findings: CheckpointFindings = { agreeing: 0, replaced: 0 };
  const contradict = ({ entries }: Checkpoint) => {
    findings.brokenAt = Math.min(findings.brokenAt ?? entries, entries);
  };
  const isExplained = ({ entries, at }: Checkpoint) =>
    chain.restores.some((restore) => restore.entries < entries && Date.parse(at) <= restore.at);
  const compare = async (some: Checkpoint[]) => {
    const hashes = await chain.hashesOf(some.map(({ entries }) => entries));
    for (const checkpoint of some) {
      const hash = hashes.get(checkpoint.entries);
      if (keys && !isGenuine(keys, checkpoint)) contradict(checkpoint);
      else if (hash === checkpoint.head) findings.agreeing += 1;
      else if (hash === undefined && chain.isBeyond?.(checkpoint)) continue;
      else if (isExplained(checkpoint)) findings.replaced += 1;
      else contradict(checkpoint);
    }
  };
  let some: Checkpoint[] = [];
  for await (const checkpoint of checkpoints) {
    findings.lastAt = checkpoint.at;
    some.push(checkpoint);
    if (some.length < batch) continue;
    await compare(some);
    some = [];
  }
  await compare(some);
  return findings;
}

/** What an entry says of a restore; undefined where it is another, or was not written by whoever has the secret. */
export function restoreOf(link: AuditLink, keys?: Pick<Keys, "audit">): Restore | undefined {
  if (!link.body.includes('"store.restored"')) return undefined;
  const { action, at, detail }: AuditBody = JSON.parse(link.body);
  const entries = link.seq - 1;
  if (action !== "store.restored" || detail?.entries !== entries) return undefined;
  const isProven = !keys || isRestoreProof(keys, { entries, head: link.prev }, at, detail.proof);
  return isProven ? { entries, at } : undefined;
}
