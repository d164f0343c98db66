import "server-only";
import { setImmediate } from "node:timers/promises";
import { isAhead, minutes } from "../../clock";
import { unlessFull } from "../../errors";
import type { SessionTable } from "../../store/schema";
import { endSession, overdueSessions, type SessionTime } from "../../store/sessions";
import { record, theDesk } from "../audit/record";
import { deskOrigin } from "../context";
import type { Desk } from "../desk";
import { sessionEvent } from "./end";

type Times = Pick<SessionTable, "id" | "expires_at" | "last_active_at">;

/**
 * Why a session is over, if it is: too old, idle for too long, or last active in a time still to come, which after
 * a clock was set back would make it live on.
 */
function reasonToEnd(desk: Desk, session: Times): string | undefined {
  const { now, idleMs } = sessionTime(desk);
  const lastSign = lastSignOf(desk, session);
  if (now >= session.expires_at) return "too_old";
  if (now - lastSign >= idleMs) return "idle";
  return isAhead(lastSign, now) ? "clock_set_back" : undefined;
}

/** When a session gave its last sign of life, also where the store did not take it. */
export const lastSignOf = ({ signs }: Desk, { id, last_active_at }: Omit<Times, "expires_at">): number =>
  Math.max(last_active_at, signs.get(id) ?? 0);

/**
 * Ends a session whose time is over, and erases its credentials: for good, whatever the clock says later. Where the store takes
 * no writes it is over all the same, and ended as soon as that can be recorded.
 * @returns whether it was over. @throws DeskError `audit_unavailable`
 */
export async function endIfOverdue(desk: Desk, session: SessionTable): Promise<boolean> {
  const reason = reasonToEnd(desk, session);
  if (reason === undefined) return false;
  const ending = desk.db.transaction().execute(async (tx) => {
    if (!(await endSession(tx, session.id, desk.clock.now(), reason))) return;
    const event = await sessionEvent(tx, session);
    const detail = { ...event.detail, reason };
    await record(tx, { desk, from: deskOrigin() }, { ...event, actor: theDesk, result: "ok", detail });
  });
  await unlessFull(ending);
  return true;
}

/** What sessions' times are held against now. */
export const sessionTime = ({ env, clock }: Desk): SessionTime => ({
  now: clock.now(),
  idleMs: minutes(env.sessionIdleMinutes),
});

/** Ends all sessions whose time is over. */
export async function endOverdueSessions(desk: Desk): Promise<void> {
  for (const session of await overdueSessions(desk.db, sessionTime(desk))) {
    await endIfOverdue(desk, session);
    // SQLite answers without waiting: after a night that the desk was off, nobody else would get a turn until the last.
    await setImmediate();
  }
}
