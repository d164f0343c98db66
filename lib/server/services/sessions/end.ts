import "server-only";
import { DeskError } from "../../errors";
import { ownerById, withMerged } from "../../store/owners";
import type { Db, SessionTable } from "../../store/schema";
import { lockSession, sessionById } from "../../store/sessions";
import { type AuditEvent, personOf, record } from "../audit/record";
import { requireLiveConnection, selfConnection } from "../connections/find";
import type { SessionContext } from "../context";
import { ownerName } from "../owners/resolve";
import { askedEnd, whenFull, writeEnd } from "./asked-end";
import { mayEnd } from "./by-token";

/**
 * Ends one of the caller's sessions, for desk admins anybody's, and erases its credentials: its very next call is refused, also
 * where the store takes no writes. Reaching for somebody else's is noted in that person's trail.
 * @throws DeskError `not_found` where the caller may not see it, or it is over; `forbidden` where the caller came in by a
 * token and it rests on a password; `audit_unavailable`; `store_full` where a refusal cannot be recorded.
 */
export async function endSessionById(ctx: SessionContext, { id }: { id: string }): Promise<void> {
  const { desk, session } = ctx;
  const own = await withMerged(desk.db, [session.ownerId]);
  const ending = desk.db.transaction().execute(async (tx) => {
    // In one order for everybody: two may end each other's.
    for (const each of [session.id, id].sort()) await lockSession(tx, each);
    await requireLiveConnection(desk, tx, selfConnection(ctx));
    const asked = await judge(ctx, tx, id, own);
    if (asked?.isAllowed) await writeEnd(desk, tx, id, asked.end);
    else if (asked) await record(tx, ctx, asked.end.event);
    return asked;
  });
  const asked = await whenFull(ending, async () => {
    const again = await judge(ctx, desk.db, id, own);
    if (!again?.isAllowed) throw new DeskError("store_full");
    desk.over.set(id, again.end);
    return again;
  });
  if (asked?.isSeen && !asked.isAllowed)
    throw new DeskError("forbidden", {
      detail: "Signed in with a token, you cannot end a session that rests on a password.",
    });
  if (!asked?.isAllowed) throw new DeskError("not_found");
}

/** Whether the caller sees a session that is not over, and may end it, and what is on record of it either way. */
async function judge(ctx: SessionContext, db: Db, id: string, own: string[]) {
  const { desk, session } = ctx;
  const row = await sessionById(db, id);
  if (!row || row.ended_at !== null || desk.over.has(id)) return undefined;
  const isOwn = own.includes(row.owner_id) || id === session.id;
  const isSeen = isOwn || session.oversees;
  const isAllowed = isSeen && (await mayEnd(ctx, db, row));
  const { portal, userName } = session.user;
  // Whose it is, since when and from where is not for whoever may not see it: only its person hears of it.
  const actor = isSeen ? personOf(ctx, isAllowed && !isOwn ? "admin" : undefined) : { portal, userName };
  const result: AuditEvent["result"] = isAllowed ? "ok" : "refused";
  const event = { ...(await sessionEvent(db, row)), actor, result };
  return { isSeen, isAllowed, end: askedEnd(ctx, "ended", event) };
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
