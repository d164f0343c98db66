import "server-only";
import type { Clock } from "../../clock";
import type { Db } from "../../store/schema";
import { verifyAudit } from "../audit/verify";
import { BackupError } from "./backup-error";

/** How many entries the audit trail of a store has. @throws BackupError where its chain does not verify. */
export async function requireWholeTrail(db: Db, clock: Clock): Promise<number> {
  const { ok, entries, brokenAt } = await verifyAudit({ desk: { db, clock } });
  if (!ok) throw new BackupError(`the audit trail does not verify: entry ${brokenAt} does not fit`);
  return entries;
}
