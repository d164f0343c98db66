import "server-only";
import type { AuditVerification } from "@/lib/contracts/audit";
import type { SessionContext } from "../context";
import { describeEntry } from "./describe";
import { isSeenBy } from "./list";
import type { TrailState } from "./verify";
import { verifyTrail } from "./watch";

/** The most unfinished entries that are told one by one. */
const mostUnfinished = 50;

/** Verifies the trail now, and tells what came of it; of what has not ended, what the caller may see. */
export const tellAuditState = async (ctx: SessionContext): Promise<AuditVerification> =>
  told(ctx, await verifyTrail(ctx.desk));

/** How the trail was verified last; undefined where the desk has just started. */
export const tellLastAuditState = async (ctx: SessionContext): Promise<AuditVerification | undefined> =>
  ctx.desk.trail.state && told(ctx, ctx.desk.trail.state);

async function told(ctx: SessionContext, state: TrailState): Promise<AuditVerification> {
  const isSeen = await isSeenBy(ctx);
  const seen = state.unfinished.filter(({ body }) => isSeen(body)).slice(0, mostUnfinished);
  const { brokenAt: _, ...checkpoints } = state.checkpoints;
  return {
    ...state,
    checkpoints: { ...checkpoints, failing: ctx.desk.trail.checkpoint?.failed ?? false },
    unfinished: seen.map(({ seq, body }) => describeEntry(seq, body)),
  };
}
