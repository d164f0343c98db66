import "server-only";
import { deleteMeta, readMeta, writeMeta } from "../../store/meta";
import type { Db } from "../../store/schema";
import { type Checkpoint, parseCheckpoints } from "./checkpoint";

/*
 * What the store itself knows of the checkpoints that were written apart from it: whoever cuts the trail would cut their file
 * as well, if it lies in their reach.
 */

const name = "audit_checkpoints";

/** How many were written, and the last one. */
export type KnownCheckpoints = { written: number; last?: Checkpoint };

/** What is known; undefined where none was written since the store knows. */
export async function knownCheckpoints(db: Db): Promise<KnownCheckpoints | undefined> {
  const value = await readMeta(db, name);
  if (value === undefined) return undefined;
  const { written, last } = JSON.parse(value);
  return { written: Number(written), last: parseCheckpoints(JSON.stringify(last ?? null))[0] };
}

export const keepKnownCheckpoints = (db: Db, known: KnownCheckpoints): Promise<void> =>
  writeMeta(db, name, JSON.stringify(known));

/** What was written belonged to the store that a restored backup has replaced: it is for the file to say what there is. */
export const forgetKnownCheckpoints = (db: Db): Promise<void> => deleteMeta(db, name);

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
