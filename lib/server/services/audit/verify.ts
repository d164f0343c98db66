import "server-only";
import { instantOf } from "../../clock";
import type { Keys } from "../../crypto";
import type { Env } from "../../env";
import { auditHashes } from "../../store/audit";
import type { Desk } from "../desk";
import type { Checkpoint } from "./checkpoint";
import { checkpointBytes, readCheckpoints } from "./checkpoint-file";
import { type CheckpointFindings, compareCheckpoints, type Restore, restoreOf } from "./compare-checkpoints";
import { countCheckpoints, type KnownCheckpoints, knownCheckpoints, missingFrom } from "./known-checkpoints";
import { findOpenIntents, type SaidEntry } from "./open-intents";
import { walkTrail } from "./walk";

/** What the trail proves of itself. */
export type TrailState = {
  ok: boolean;
  entries: number;
  headHash: string;
  /** The first entry that does not fit the one before it, or that a checkpoint contradicts. */
  brokenAt?: number;
  /**
   * `missing` are those that were written, and that their file has no more; `uncounted`, whether the store's own record of
   * them is gone, or was not written by the desk.
   */
  checkpoints: CheckpointFindings & { missing: number; uncounted: boolean };
  /** Asked for, and without an outcome: under way, or cut off as the process died. */
  unfinished: SaidEntry[];
  checkedAt: string;
};

/** All that a verification reads. */
export type Verifiable = Pick<Desk, "db" | "clock"> & {
  keys: Pick<Keys, "audit">;
  env: Pick<Env, "checkpointsFile">;
};

/**
 * Verifies the store's trail: the chain from its first entry, the checkpoints that were written apart from it, and
 * that every intent has come to an end.
 */
export async function verifyAudit({ desk }: { desk: Verifiable }): Promise<TrailState> {
  const { db, keys, env } = desk;
  // In this order: whatever is written meanwhile is not in the file yet, or is of an entry that is walked to.
  const known = await knownCheckpoints(db, keys);
  const inFile = readCheckpoints(env.checkpointsFile, checkpointBytes(env.checkpointsFile));
  const restores: Restore[] = [];
  const intents = findOpenIntents();
  const { brokenAt, ...walk } = await walkTrail(db, (row, body) => {
    const restore = restoreOf(row, keys);
    if (restore) restores.push(restore);
    intents.see({ seq: row.seq, body });
  });
  const count = countCheckpoints(known);
  const hashesOf = (entries: number[]) =>
    auditHashes(
      db,
      entries.filter((seq) => seq <= walk.entries),
    );
  const compared = await compareCheckpoints(withKnown(inFile, known, count), { hashesOf, restores }, keys);
  const missing = missingFrom(count.end(), known);
  const uncounted = known === undefined;
  const breaks = [brokenAt, compared.brokenAt].filter((seq) => seq !== undefined);
  return {
    ...walk,
    ok: breaks.length === 0 && missing === 0 && !uncounted,
    brokenAt: breaks.length === 0 ? undefined : Math.min(...breaks),
    checkpoints: { ...compared, missing, uncounted },
    unfinished: intents.end(),
    checkedAt: instantOf(desk.clock.now()),
  };
}

/** The file's, which are counted, and the last that the store knows of, where it is not among them. */
async function* withKnown(
  inFile: AsyncIterable<Checkpoint>,
  known: KnownCheckpoints | undefined,
  count: ReturnType<typeof countCheckpoints>,
): AsyncIterable<Checkpoint> {
  for await (const checkpoint of inFile) {
    count.see(checkpoint);
    yield checkpoint;
  }
  if (known?.last && !count.end().hasLast) yield known.last;
}
