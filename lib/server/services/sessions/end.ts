import "server-only";
import { DeskError } from "../../errors";
import { ownerById, withMerged } from "../../store/owners";
import type { Db, SessionTable } from "../../store/schema";
import { endSession, lockSession } from "../../store/sessions";
import { type AuditEvent, personOf, record } from "../audit/record";
import { requireLiveConnection, selfConnection } from "../connections/find";
import type { SessionContext } from "../context";
import { ownerName } from "../owners/resolve";
import { mayEnd } from "./by-token";

/**
 * Ends one of the caller's sessions, for desk admins anybody's, and erases its credentials. Nothing keeps sessions but
 * the store, so its very next call is refused. Reaching for somebody else's is noted in that person's trail.
 * @throws DeskError `not_found` where the caller may not see it, or it is over; `forbidden` where the caller came in by a
 * token and it rests on a password; `audit_unavailable`.
 */
export async function endSessionById(ctx: SessionContext, { id }: { id: string }): Promise<void> {
  const { desk, session } = ctx;
  const own = await withMerged(desk.db, [session.ownerId]);
  const ended = await desk.db.transaction().execute(async (tx) => {
    // In one order for everybody: two may end each other's.
    for (const each of [session.id, id].sort()) await lockSession(tx, each);
    await requireLiveConnection(tx, selfConnection(ctx));
    const row = await lockSession(tx, id);
    if (!row || row.ended_at !== null) return false;
    const isOwn = own.includes(row.owner_id) || id === session.id;
    const isSeen = isOwn || session.oversees;
    const allowed = isSeen && (await mayEnd(ctx, tx, row));
    if (allowed) await endSession(tx, id, desk.clock.now(), "ended");
    const event = await sessionEvent(tx, row);
    const { portal, userName } = session.user;
    // Whose it is, since when and from where is not for whoever may not see it: only its person hears of it.
    const actor = isSeen ? personOf(ctx, allowed && !isOwn ? "admin" : undefined) : { portal, userName };
    await record(tx, ctx, { ...event, actor, result: allowed ? "ok" : "refused" });
    return allowed || (isSeen ? "by_token" : false);
  });
  if (ended === "by_token")
    throw new DeskError("forbidden", {
      detail: "Signed in with a token, you cannot end a session that rests on a password.",
    });
  if (!ended) throw new DeskError("not_found");
}

/** What the trail says of an ended session: whose it was, since when and from where. */
export async function sessionEvent(
  tx: Db,
  { owner_id, created_at, ip }: SessionTable,
): Promise<Pick<AuditEvent, "action" | "target" | "detail">> {
  const owner = await ownerById(tx, owner_id);
  const userName = ownerName(owner ?? { user_name: null });
  return {
    action: "session.end",
    target: { ownerId: owner?.id ?? owner_id, portal: owner?.portal, userName },
    detail: { signedInAt: created_at, from: ip },
  };
}
