import "server-only";
import { instantOf } from "../../clock";
import type { Desk } from "../desk";
import { readCheckpoints } from "./checkpoint-file";
import { type CheckpointFindings, compareCheckpoints } from "./compare-checkpoints";
import { knownCheckpoints, missingFrom, withKnown } from "./known-checkpoints";
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
type Verifiable = { desk: Pick<Desk, "db" | "clock" | "keys" | "env"> };

/**
 * Verifies the store's trail: the chain from its first entry, the checkpoints that were written apart from it, and
 * that every intent has come to an end.
 */
export async function verifyAudit({ desk }: Verifiable): Promise<TrailState> {
  const known = await knownCheckpoints(desk.db, desk.keys);
  const inFile = readCheckpoints(desk.env.checkpointsFile);
  const missing = missingFrom(inFile, known);
  const uncounted = known === undefined;
  const compared = compareCheckpoints(withKnown(inFile, known), desk.keys);
  const intents = findOpenIntents();
  const { brokenAt, ...walk } = await walkTrail(desk.db, (row) => {
    compared.see(row);
    intents.see({ seq: row.seq, body: JSON.parse(row.body) });
  });
  const checkpoints = compared.end();
  const breaks = [brokenAt, checkpoints.brokenAt].filter((seq) => seq !== undefined);
  return {
    ...walk,
    ok: breaks.length === 0 && missing === 0 && !uncounted,
    brokenAt: breaks.length === 0 ? undefined : Math.min(...breaks),
    checkpoints: { ...checkpoints, missing, uncounted },
    unfinished: intents.end(),
    checkedAt: instantOf(desk.clock.now()),
  };
}
