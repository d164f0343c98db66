import { statSync } from "node:fs";
import type { Env } from "@/lib/server/env";
import { auditHead } from "@/lib/server/store/audit";
import type { Db } from "@/lib/server/store/schema";
import { but, duration, type Finding, good } from "./finding";

/** They are written within a minute of anything new. */
const lateMs = 5 * 60_000;

/** Whether the file of checkpoints is there and keeps up with the trail. What is in it, `audit:verify` reads. */
export async function checkCheckpoints(db: Db, { checkpointsFile }: Env): Promise<Finding[]> {
  const { seq } = await auditHead(db);
  if (seq === 0) return [];
  const found = statSync(checkpointsFile, { throwIfNoEntry: false });
  if (!found || found.size === 0)
    return [
      but(
        `TOKENDESK_CHECKPOINTS: ${checkpointsFile} ${found ? "is empty" : "is not there"}, so that entries cut off at the trail's end may not show: put it back, or see what npm run audit:verify says`,
      ),
    ];
  const newest = await db.selectFrom("audit").select("at").where("seq", "=", seq).executeTakeFirst();
  const behindMs = Number(newest?.at ?? 0) - found.mtimeMs;
  if (behindMs > lateMs)
    return [
      but(
        `TOKENDESK_CHECKPOINTS: the last checkpoint is ${duration(behindMs)} older than the trail's last entry: look for "the audit checkpoint cannot be written" in the desk's log`,
      ),
    ];
  return [
    good(
      `the last checkpoint of the trail was written ${duration(Math.max(0, Date.now() - found.mtimeMs))} ago`,
    ),
  ];
}
