import "server-only";
import { createHash } from "node:crypto";
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

/** What is counted of the checkpoints of a file: how many there are, and whether one is among them. */
export type Count = { different: number; hasLast: boolean };

/**
 * Counts checkpoints as they are read; one that stands there twice is one. Ten years of them may be five million: of each no
 * more is kept than eight bytes of its digest.
 */
export function countCheckpoints(known: KnownCheckpoints | undefined) {
  let digests = new BigUint64Array(1024);
  let read = 0;
  let hasLast = false;
  return {
    see(one: Checkpoint): void {
      const text = textOf(one);
      hasLast ||= known?.last !== undefined && text === textOf(known.last);
      if (read === digests.length) {
        const longer = new BigUint64Array(2 * read);
        longer.set(digests);
        digests = longer;
      }
      digests[read] = createHash("sha256").update(text).digest().readBigUInt64LE();
      read += 1;
    },
    end(): Count {
      const sorted = digests.subarray(0, read).sort();
      const different = sorted.reduce(
        (count, digest, index) => count + Number(digest !== sorted[index - 1]),
        0,
      );
      return { different, hasLast };
    },
  };
}

const textOf = ({ entries, at, head }: Checkpoint): string => `${entries} ${at} ${head}`;

/** How many of those that were written the file does not have. */
export function missingFrom({ different, hasLast }: Count, known: KnownCheckpoints | undefined): number {
  if (!known) return 0;
  const fewer = Math.max(0, known.written - different);
  return known.last && !hasLast ? Math.max(1, fewer) : fewer;
}
