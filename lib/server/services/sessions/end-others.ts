import "server-only";
import type { OthersEnded } from "@/lib/contracts/sessions";
import { withMerged } from "../../store/owners";
import type { Db } from "../../store/schema";
import { lockSession, openSessions } from "../../store/sessions";
import { personOf } from "../audit/record";
import { requireLiveConnection, selfConnection } from "../connections/find";
import type { SessionContext } from "../context";
import { type AskedEnd, askedEnd, whenFull, writeEnd } from "./asked-end";
import { mayEnd } from "./by-token";
import { sessionEvent } from "./end";

/**
 * Ends all sessions of the caller but the one that asks, and erases their credentials: all of them, or, when this
 * throws, none. Whoever came in by a token ends those that rest on tokens. Where the store takes no writes they are over from
 * now on.
 * @returns how many.
 * @throws DeskError `audit_unavailable`
 */
export async function endOtherSessions(ctx: SessionContext): Promise<OthersEnded> {
  const { desk, session } = ctx;
  const whose = { owners: await withMerged(desk.db, [session.ownerId]), session: session.id };
  const ending = desk.db.transaction().execute(async (tx) => {
    const all = await openSessions(tx, whose);
    // In one order for everybody, and all before the trail: of two who end each other's, one waits for the other.
    all.sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const { id } of all) await lockSession(tx, id);
    await requireLiveConnection(desk, tx, selfConnection(ctx));
    let ended = 0;
    for (const [id, end] of await endsOf(ctx, tx, all)) if (await writeEnd(desk, tx, id, end)) ended += 1;
    return { ended };
  });
  return whenFull(ending, async () => {
    const ends = await endsOf(ctx, desk.db, await openSessions(desk.db, whose));
    for (const [id, end] of ends) desk.over.set(id, end);
    return { ended: ends.length };
  });
}

/** The ends of those of these sessions that the caller may end, but for the one that asks. */
async function endsOf(
  ctx: SessionContext,
  db: Db,
  sessions: Awaited<ReturnType<typeof openSessions>>,
): Promise<[string, AskedEnd][]> {
  const ends: [string, AskedEnd][] = [];
  for (const row of sessions) {
    if (row.id === ctx.session.id || ctx.desk.over.has(row.id) || !(await mayEnd(ctx, db, row))) continue;
    const event = { ...(await sessionEvent(db, row)), actor: personOf(ctx), result: "ok" as const };
    ends.push([row.id, askedEnd(ctx, "ended", event)]);
  }
  return ends;
}
