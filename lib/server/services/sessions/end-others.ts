import "server-only";
import type { OthersEnded } from "@/lib/contracts/sessions";
import { withMerged } from "../../store/owners";
import type { SessionTable } from "../../store/schema";
import { endSession, lockSession, openSessions } from "../../store/sessions";
import { personOf, record } from "../audit/record";
import { requireLiveConnection, selfConnection } from "../connections/find";
import type { SessionContext } from "../context";
import { mayEnd } from "./by-token";
import { sessionEvent } from "./end";
import { sessionTime } from "./end-overdue";

/**
 * Ends all sessions of the caller but the one that asks, and erases their credentials: all of them, or, when this
 * throws, none. Whoever came in by a token ends those that rest on tokens.
 * @returns how many.
 * @throws DeskError `audit_unavailable`
 */
export async function endOtherSessions(ctx: SessionContext): Promise<OthersEnded> {
  const { desk, session } = ctx;
  return desk.db.transaction().execute(async (tx) => {
    const own = await withMerged(tx, [session.ownerId]);
    const time = sessionTime(desk);
    const all = await openSessions(tx, time, { owners: own, session: session.id });
    // In one order for everybody, and all before the trail: of two who end each other's, one waits for the other.
    all.sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const { id } of all) await lockSession(tx, id);
    await requireLiveConnection(tx, selfConnection(ctx));
    const ended: SessionTable[] = [];
    for (const row of all) {
      if (row.id === session.id || !(await mayEnd(ctx, tx, row))) continue;
      if (await endSession(tx, row.id, time.now, "ended")) ended.push(row);
    }
    for (const row of ended)
      await record(tx, ctx, { ...(await sessionEvent(tx, row)), actor: personOf(ctx), result: "ok" });
    return { ended: ended.length };
  });
}
