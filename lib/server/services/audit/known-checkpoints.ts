import "server-only";
import { z } from "zod";
import type { Keys } from "../../crypto";
import { readMeta, writeMeta } from "../../store/meta";
import type { Db } from "../../store/schema";
import { type Checkpoint, checkpoint, countProof, isCountProof, readAs } from "./checkpoint";

/*
 * What the store itself knows of the checkpoints that were written apart from it: whoever cuts the trail would cut their file
 * as well, if it lies in their reach. They can take this row out or put an older one in its place, but make none: it is
 * authenticated as checkpoints are. Every store has it from its first key on, so one without it is not as the desk left it.
 */

const name = "audit_checkpoints";

const row = z.object({ written: z.int().nonnegative(), last: checkpoint.optional(), proof: z.string() });

/** How many were written, and the last one. */
export type KnownCheckpoints = { written: number; last?: Checkpoint };

/** What is known; undefined where nothing is, or what stands there was not written by the desk. */
export async function knownCheckpoints(
  db: Db,
  keys: Pick<Keys, "audit">,
): Promise<KnownCheckpoints | undefined> {
  const known = readAs(row, (await readMeta(db, name)) ?? "");
  return known && isCountProof(keys, known.written, known.last, known.proof) ? known : undefined;
}

export const keepKnownCheckpoints = (
  db: Db,
  keys: Pick<Keys, "audit">,
  { written, last }: KnownCheckpoints,
): Promise<void> =>
  writeMeta(db, name, JSON.stringify({ written, last, proof: countProof(keys, written, last) }));

const isSame = (one: Checkpoint, other: Checkpoint) =>
  one.entries === other.entries && one.at === other.at && one.head === other.head;

/** How many there are; one that stands there twice is one. */
export const countDifferent = (checkpoints: Checkpoint[]): number =>
  new Set(checkpoints.map(({ entries, at, head }) => `${entries} ${at} ${head}`)).size;

/** How many of those that were written the file does not have. */
export function missingFrom(inFile: Checkpoint[], known: KnownCheckpoints | undefined): number {
  if (!known) return 0;
  const fewer = Math.max(0, known.written - countDifferent(inFile));
  const { last } = known;
  return last && !inFile.some((one) => isSame(one, last)) ? Math.max(1, fewer) : fewer;
}

/** The file's, and the last that the store knows of. */
export function withKnown(inFile: Checkpoint[], known: KnownCheckpoints | undefined): Checkpoint[] {
  const { last } = known ?? {};
  return last && !inFile.some((one) => isSame(one, last)) ? [...inFile, last] : inFile;
}
