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

type Restore = { entries: number; at: number };

/**
 * Holds checkpoints against a chain: `see` is shown each of its entries, in any order; `end` tells what came of it.
 * One that none of them is the last entry of contradicts the chain, unless `isBeyond` says that it could not be there.
 * @param keys without them a checkpoint counts as the desk's, and so does what an entry says of a restore.
 */
export function compareCheckpoints(checkpoints: Checkpoint[], keys?: Pick<Keys, "audit">) {
  const forged = keys ? checkpoints.filter((checkpoint) => !isGenuine(keys, checkpoint)) : [];
  const open = new Map<number, Checkpoint[]>();
  for (const checkpoint of checkpoints.filter((one) => !forged.includes(one)))
    open.set(checkpoint.entries, [...(open.get(checkpoint.entries) ?? []), checkpoint]);
  const contradicted: Checkpoint[] = [];
  let agreeing = 0;
  const restores: Restore[] = [];
  const isExplained = ({ entries, at }: Checkpoint) =>
    restores.some((restore) => restore.entries < entries && Date.parse(at) <= restore.at);
  return {
    see(link: AuditLink): void {
      const here = open.get(link.seq) ?? [];
      const unlike = here.filter(({ head }) => head !== link.hash);
      contradicted.push(...unlike);
      agreeing += here.length - unlike.length;
      open.delete(link.seq);
      const restore = restoreOf(link, keys);
      if (restore) restores.push(restore);
    },
    end(isBeyond: (checkpoint: Checkpoint) => boolean = () => false): CheckpointFindings {
      const cutOff = [...open.values()].flat().filter((checkpoint) => !isBeyond(checkpoint));
      const unfit = [...contradicted, ...cutOff];
      const broken = [...forged, ...unfit.filter((checkpoint) => !isExplained(checkpoint))];
      return {
        agreeing,
        lastAt: checkpoints.at(-1)?.at,
        replaced: unfit.filter(isExplained).length,
        brokenAt: lowest(broken.map(({ entries }) => entries)),
      };
    },
  };
}

/** The lowest of however many: as arguments of a call, a year of checkpoints is more than a stack takes. */
export const lowest = (numbers: number[]): number | undefined =>
  numbers.length === 0 ? undefined : numbers.reduce((one, other) => Math.min(one, other));

/** Where a backup was restored: its last entry, and when. */
function restoreOf(link: AuditLink, keys?: Pick<Keys, "audit">): Restore | undefined {
  if (!link.body.includes('"store.restored"')) return undefined;
  const { action, at, detail }: AuditBody = JSON.parse(link.body);
  const entries = link.seq - 1;
  if (action !== "store.restored" || detail?.entries !== entries) return undefined;
  const isProven = !keys || isRestoreProof(keys, { entries, head: link.prev }, at, detail.proof);
  return isProven ? { entries, at } : undefined;
}
