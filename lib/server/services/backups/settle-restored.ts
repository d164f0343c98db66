import "server-only";
import { minutes } from "../../clock";
import { auditHead } from "../../store/audit";
import { noteUncleared } from "../../store/erased";
import { countOpenRevocations, endEverySession, supposeListed, supposeSent } from "../../store/restored";
import { restoreProof } from "../audit/checkpoint";
import { readCheckpoints } from "../audit/checkpoint-file";
import { countCheckpoints, keepKnownCheckpoints } from "../audit/known-checkpoints";
import { record, theDesk } from "../audit/record";
import { deskOrigin } from "../context";
import type { Desk } from "../desk";

/** A restored store in figures: the backup's audit entries, and what was under way in it. */
export type Settled = { entries: number; sessions: number; mints: number; revocations: number };

/** A mint may take so long to show in the portal's list. */
const slowToShowMs = minutes(2);

/**
 * Brings a store that came out of a backup to where it can go on, in one transaction with the trail's entry of it.
 * Its sessions end, for some may have been ended since. A mint that was under way is not sent again: the portal's
 * list tells what came of it. Revocations are driven on. What the portal has that the store does not know, and what
 * it has no more, the first list of each owner tells, as any list does.
 *
 * The entry `store.restored` stands right after the backup's last one; `entries` says which that is, and its proof
 * that whoever restored it has the secret. So it explains a checkpoint of a longer chain that was written before it.
 */
export async function settleRestored(
  desk: Pick<Desk, "db" | "env" | "keys" | "clock" | "log">,
): Promise<Settled> {
  const now = desk.clock.now();
  // What was written belonged to the store that is replaced: it is for the file to say what there is.
  const inFile = countCheckpoints(undefined);
  for await (const checkpoint of readCheckpoints(desk.env.checkpointsFile)) inFile.see(checkpoint);
  const written = inFile.end().different;
  return desk.db.transaction().execute(async (tx) => {
    const { seq: entries, hash: head } = await auditHead(tx);
    const settled = {
      entries,
      sessions: await endEverySession(tx, now),
      mints: await supposeSent(tx, now),
      revocations: await countOpenRevocations(tx),
    };
    await keepKnownCheckpoints(tx, desk.keys, { written });
    await noteUncleared(tx);
    await supposeListed(tx, now - slowToShowMs);
    await record(
      tx,
      // The proof is of the entry's own moment.
      { desk: { ...desk, clock: { ...desk.clock, now: () => now } }, from: deskOrigin() },
      {
        action: "store.restored",
        result: "ok",
        actor: theDesk,
        detail: { ...settled, proof: restoreProof(desk.keys, { entries, head }, now) },
      },
    );
    return settled;
  });
}
