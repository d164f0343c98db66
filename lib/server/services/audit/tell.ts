import "server-only";
import type { AuditVerification } from "@/lib/contracts/audit";
import { seconds, withinPatience } from "../../clock";
import { DeskError } from "../../errors";
import type { SessionContext } from "../context";
import type { Desk } from "../desk";
import { describeEntry } from "./describe";
import { isSeenBy } from "./list";
import type { TrailState } from "./verify";
import { verifyTrail } from "./watch";

/** The most unfinished entries that are told one by one. */
const mostUnfinished = 50;

/** A caller waits so long for a verification; of a trail of millions it takes longer, and goes on. */
const patienceMs = seconds(8);

/**
 * Verifies the trail now, and tells what came of it; of what has not ended, what the caller may see. What takes long is told
 * when it is asked for again, and until then what the last verification came to.
 * @throws DeskError `audit_verifying` where there is none yet.
 */
export async function tellAuditState(ctx: SessionContext): Promise<AuditVerification> {
  const { desk } = ctx;
  const state = freshState(desk) ?? (await withinPatience(desk.clock, verifyTrail(desk), patienceMs));
  if (state) return told(ctx, state);
  if (!desk.trail.state) throw new DeskError("audit_verifying", { retryAfter: 5 });
  return { ...(await told(ctx, desk.trail.state)), verifying: true };
}

/** What a verification came to that took longer than anybody waits: whoever asks again for as long does not begin another. */
function freshState({ clock, trail: { state, verifiedAt = 0, tookMs = 0 } }: Desk): TrailState | undefined {
  return tookMs > patienceMs && clock.monotonic() - verifiedAt < tookMs ? state : undefined;
}

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
