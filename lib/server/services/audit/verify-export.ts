import "server-only";
import { type AuditLink, chainHash, genesis } from "../../store/audit";
import type { Checkpoint } from "./checkpoint";
import { type CheckpointFindings, compareCheckpoints, lowest } from "./compare-checkpoints";
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
  checkpoints: Checkpoint[],
): Promise<ExportState> {
  const compared = compareCheckpoints(checkpoints);
  const intents = findOpenIntents();
  const broken: number[] = [];
  let entries = 0;
  let gaps = 0;
  let step = 0;
  let before: AuditLink | undefined;
  const ends: AuditLink[] = [];
  for await (const text of lines) {
    if (text === "") continue;
    const read = readExportLine(text);
    if (!read) throw new TrailError(`line ${entries + 1} is no entry of an export in JSON lines`);
    const { link, body } = read;
    entries += 1;
    if (link.hash !== chainHash(link.seq, link.prev, link.body)) broken.push(link.seq);
    else compared.see(link);
    intents.see({ seq: link.seq, body });
    if (before) {
      const distance = link.seq - before.seq;
      step ||= Math.sign(distance);
      if (Math.sign(distance) !== step || distance === 0) broken.push(link.seq);
      else if (Math.abs(distance) > 1) gaps += 1;
      else if (!areNeighbours(before, link)) broken.push(Math.max(before.seq, link.seq));
    } else ends.push(link);
    before = link;
  }
  if (before) ends.push(before);
  const oldest = ends.toSorted((one, other) => one.seq - other.seq)[0];
  const newest = Math.max(0, ...ends.map(({ seq }) => seq));
  const whole = gaps === 0 && oldest?.seq === 1 && oldest.prev === genesis;
  const isBeyond = (checkpoint: Checkpoint) => checkpoint.entries > newest;
  const findings = compared.end((checkpoint) => !whole || isBeyond(checkpoint));
  if (findings.brokenAt !== undefined) broken.push(findings.brokenAt);
  return {
    ok: broken.length === 0,
    entries,
    whole,
    brokenAt: lowest(broken),
    checkpoints: findings,
    beyond: checkpoints.filter(isBeyond).length,
    unfinished: whole ? intents.end() : [],
  };
}

function areNeighbours(one: AuditLink, other: AuditLink): boolean {
  const [older, newer] = one.seq < other.seq ? [one, other] : [other, one];
  return newer.prev === older.hash;
}
