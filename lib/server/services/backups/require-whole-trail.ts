import "server-only";
import type { Db } from "../../store/schema";
import { walkTrail } from "../audit/walk";
import { BackupError } from "./backup-error";

/** How many entries the audit trail of a store has. @throws BackupError where its chain does not verify. */
export async function requireWholeTrail(db: Db): Promise<number> {
  const { entries, brokenAt } = await walkTrail(db);
  if (brokenAt !== undefined)
    throw new BackupError(`the audit trail does not verify: entry ${brokenAt} does not fit`);
  return entries;
}
