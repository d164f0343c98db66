import "server-only";
import { minutes } from "../../clock";
import { endSession, overdueSessions } from "../../store/sessions";
import type { Desk } from "../desk";

/** Ends sessions that are idle for too long or too old, and erases their credentials. */
export async function endOverdueSessions(desk: Desk): Promise<void> {
  const now = desk.clock.now();
  for (const { id, expires_at } of await overdueSessions(desk.db, now, minutes(desk.env.sessionIdleMinutes)))
    await desk.db
      .transaction()
      .execute((tx) => endSession(tx, id, now, now >= expires_at ? "too_old" : "idle"));
}
