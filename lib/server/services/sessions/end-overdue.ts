import "server-only";
import { isAhead, minutes } from "../../clock";
import type { SessionTable } from "../../store/schema";
import { endSession, overdueSessions } from "../../store/sessions";
import type { Desk } from "../desk";

type Times = Pick<SessionTable, "id" | "expires_at" | "last_active_at">;

/**
 * Why a session is over, if it is: too old, idle for too long, or last active in a time still to come, which after
 * a clock was set back would make it live on.
 */
function reasonToEnd({ env, clock }: Desk, { expires_at, last_active_at }: Times): string | undefined {
  const now = clock.now();
  if (now >= expires_at) return "too_old";
  if (now - last_active_at >= minutes(env.sessionIdleMinutes)) return "idle";
  return isAhead(last_active_at, now) ? "clock_set_back" : undefined;
}

/**
 * Ends a session whose time is over, and erases its credentials: for good, whatever the clock says later.
 * @returns whether it was over.
 */
export async function endIfOverdue(desk: Desk, session: Times): Promise<boolean> {
  const reason = reasonToEnd(desk, session);
  if (reason === undefined) return false;
  await desk.db.transaction().execute((tx) => endSession(tx, session.id, desk.clock.now(), reason));
  return true;
}

/** Ends all sessions whose time is over. */
export async function endOverdueSessions(desk: Desk): Promise<void> {
  const idleMs = minutes(desk.env.sessionIdleMinutes);
  for (const session of await overdueSessions(desk.db, desk.clock.now(), idleMs))
    await endIfOverdue(desk, session);
}
