import "server-only";
import { type AuditLink, chainHash, genesis } from "../../store/audit";
import type { Checkpoint } from "./checkpoint";
import { type CheckpointFindings, compareCheckpoints, type Restore, restoreOf } from "./compare-checkpoints";
import { readExportLine } from "./export-line";
import { findOpenIntents, type SaidEntry } from "./open-intents";
import { TrailError } from "./trail-error";

/** What an export proves of itself. */
export type ExportState = {
  ok: boolean;
  entries: number;
  /** Whether it is the whole trail up to its newest entry; of a part, what was left out is not known. */
  whole: boolean;
  brokenAt?: number;
  checkpoints: CheckpointFindings;
  /** So many checkpoints are of entries after its newest. */
  beyond: number;
  /** Told of a whole trail only. */
  unfinished: SaidEntry[];
};

/**
 * Verifies an export of the trail (JSON lines) with nothing but the file, and checkpoints if there are any: each entry
 * by its own hash, neighbours by each other's. The lines may be in either order; one that stands twice, or out of the
 * order of the others, does not fit. An export whose end was cut off looks like one that was made earlier: only that
 * checkpoints reach beyond it is told.
 * @throws TrailError
 */
export async function verifyExport(
  lines: AsyncIterable<string>,
  checkpoints: AsyncIterable<Checkpoint>,
): Promise<ExportState> {
  const intents = findOpenIntents();
  const restores: Restore[] = [];
  const hashes = keepHashes();
  let brokenAt = Number.POSITIVE_INFINITY;
  const breakAt = (seq: number) => {
    brokenAt = Math.min(brokenAt, seq);
  };
  let entries = 0;
  let gaps = 0;
  let step = 0;
  let first: AuditLink | undefined;
  let before: AuditLink | undefined;
  for await (const text of lines) {
    if (text === "") continue;
    const read = readExportLine(text);
    if (!read) throw new TrailError(`line ${entries + 1} is no entry of an export in JSON lines`);
    const { link, body } = read;
    entries += 1;
    const distance = link.seq - (before?.seq ?? link.seq);
    step ||= Math.sign(distance);
    if (before && (distance === 0 || Math.sign(distance) !== step)) breakAt(link.seq);
    else if (link.hash !== chainHash(link.seq, link.prev, link.body)) breakAt(link.seq);
    else {
      hashes.add(link);
      const restore = restoreOf(link);
      if (restore) restores.push(restore);
    }
    if (before && Math.abs(distance) > 1) gaps += 1;
    if (before && Math.abs(distance) === 1 && !areNeighbours(before, link))
      breakAt(Math.max(before.seq, link.seq));
    intents.see({ seq: link.seq, body });
    first ??= link;
    before = link;
  }
  const ends = [first, before].filter((link) => link !== undefined).sort((one, other) => one.seq - other.seq);
  const newest = ends.at(-1)?.seq ?? 0;
  const whole = gaps === 0 && ends[0]?.seq === 1 && ends[0].prev === genesis;
  let beyond = 0;
  const isBeyond = (checkpoint: Checkpoint) => {
    if (checkpoint.entries > newest) beyond += 1;
    return !whole || checkpoint.entries > newest;
  };
  const findings = await compareCheckpoints(checkpoints, {
    hashesOf: async (seqs) => new Map(seqs.flatMap((seq) => [[seq, hashes.of(seq)] as const])),
    restores,
    isBeyond,
  });
  breakAt(findings.brokenAt ?? Number.POSITIVE_INFINITY);
  const isBroken = Number.isFinite(brokenAt);
  return {
    ok: !isBroken,
    entries,
    whole,
    brokenAt: isBroken ? brokenAt : undefined,
    checkpoints: findings,
    beyond,
    unfinished: whole ? intents.end() : [],
  };
}

const hashBytes = 32;

/** Hashes by the numbers of their entries, which go up all the time, or down: 40 bytes for each, however long the trail is. */
function keepHashes() {
  let count = 0;
  let seqs = new Float64Array(1024);
  let hashes = Buffer.alloc(seqs.length * hashBytes);
  return {
    add({ seq, hash }: AuditLink): void {
      if (count === seqs.length) {
        const longer = new Float64Array(2 * count);
        longer.set(seqs);
        seqs = longer;
        hashes = Buffer.concat([hashes], seqs.length * hashBytes);
      }
      seqs[count] = seq;
      hashes.write(hash, count * hashBytes, hashBytes, "hex");
      count += 1;
    },
    of(seq: number): string | undefined {
      const goesUp = (seqs[0] ?? 0) <= (seqs[count - 1] ?? 0);
      let [low, high] = [0, count];
      while (low < high) {
        const middle = (low + high) >> 1;
        const isBefore = goesUp ? (seqs[middle] ?? 0) < seq : (seqs[middle] ?? 0) > seq;
        if (isBefore) low = middle + 1;
        else high = middle;
      }
      if (low === count || seqs[low] !== seq) return undefined;
      return hashes.toString("hex", low * hashBytes, (low + 1) * hashBytes);
    },
  };
}

function areNeighbours(one: AuditLink, other: AuditLink): boolean {
  const [older, newer] = one.seq < other.seq ? [one, other] : [other, one];
  return newer.prev === older.hash;
}
