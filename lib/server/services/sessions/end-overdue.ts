import "server-only";
import { setImmediate } from "node:timers/promises";
import { isAhead, minutes } from "../../clock";
import type { SessionTable } from "../../store/schema";
import { endSession, overdueSessions, type SessionTime } from "../../store/sessions";
import { record, theDesk } from "../audit/record";
import { deskOrigin } from "../context";
import type { Desk } from "../desk";
import { sessionEvent } from "./end";

type Times = Pick<SessionTable, "expires_at" | "last_active_at">;

/**
 * Why a session is over, if it is: too old, idle for too long, or last active in a time still to come, which after
 * a clock was set back would make it live on.
 */
function reasonToEnd(desk: Desk, { expires_at, last_active_at }: Times): string | undefined {
  const { now, idleMs } = sessionTime(desk);
  if (now >= expires_at) return "too_old";
  if (now - last_active_at >= idleMs) return "idle";
  return isAhead(last_active_at, now) ? "clock_set_back" : undefined;
}

/**
 * Ends a session whose time is over, and erases its credentials: for good, whatever the clock says later.
 * @returns whether it was over. @throws DeskError `audit_unavailable`
 */
export async function endIfOverdue(desk: Desk, session: SessionTable): Promise<boolean> {
  const reason = reasonToEnd(desk, session);
  if (reason === undefined) return false;
  await desk.db.transaction().execute(async (tx) => {
    if (!(await endSession(tx, session.id, desk.clock.now(), reason))) return;
    const event = await sessionEvent(tx, session);
    const detail = { ...event.detail, reason };
    await record(tx, { desk, from: deskOrigin() }, { ...event, actor: theDesk, result: "ok", detail });
  });
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
