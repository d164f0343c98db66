import "server-only";
import type { Env } from "../../env";
import { deskOrigin } from "../context";
import { closeDesk, openDesk } from "../desk";
import { readCheckpoints } from "./checkpoint-file";
import { countCheckpoints, keepKnownCheckpoints, knownCheckpoints, missingFrom } from "./known-checkpoints";
import { record, theDesk } from "./record";
import { type TrailState, verifyAudit } from "./verify";

/** What a reset came to: how many checkpoints its file has, how many were missing, and how the trail verifies now. */
export type CheckpointsReset = { found: number; missing: number; state: TrailState };

/**
 * Takes the checkpoints' file as it is for all that was written, where it was moved or lost for a reason. That is on record.
 * What was changed in the trail itself stays a finding.
 * @throws DeskError `audit_unavailable`
 */
export async function resetCheckpoints(env: Env): Promise<CheckpointsReset> {
  const desk = await openDesk(env);
  try {
    const known = await knownCheckpoints(desk.db, desk.keys);
    const counting = countCheckpoints(known);
    for await (const checkpoint of readCheckpoints(env.checkpointsFile)) counting.see(checkpoint);
    const inFile = counting.end();
    const found = inFile.different;
    const missing = missingFrom(inFile, known);
    await desk.db.transaction().execute(async (tx) => {
      await keepKnownCheckpoints(tx, desk.keys, { written: found });
      const ctx = { desk, from: deskOrigin() };
      const detail = { missing, uncounted: known === undefined };
      await record(tx, ctx, { action: "audit.checkpoints_reset", result: "ok", actor: theDesk, detail });
    });
    return { found, missing, state: await verifyAudit({ desk }) };
  } finally {
    await closeDesk(desk);
  }
}
