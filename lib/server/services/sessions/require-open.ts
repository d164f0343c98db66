import "server-only";
import { DeskError } from "../../errors";
import type { Db } from "../../store/schema";
import { lockSession } from "../../store/sessions";

/**
 * Wants the session still open, inside the transaction that gives it a credential: what was proved for a session that
 * ended meanwhile must not be kept by it.
 * @throws DeskError `session_ended`
 */
export async function requireOpenSession(tx: Db, id: string): Promise<void> {
  const session = await lockSession(tx, id);
  if (!session || session.ended_at !== null) throw new DeskError("session_ended");
}
