import "server-only";
import { clockSlackMs } from "../clock";
import { isPostgres } from "./engine";
import type { ConnectionTable, Db, SessionTable } from "./schema";

export const insertSession = (tx: Db, session: SessionTable) =>
  tx.insertInto("sessions").values(session).execute();

export const sessionBySidHash = (db: Db, sidHash: string): Promise<SessionTable | undefined> =>
  db.selectFrom("sessions").selectAll().where("sid_hash", "=", sidHash).executeTakeFirst();

/** The session's row, which nobody ends before this transaction does. */
export const lockSession = (tx: Db, id: string): Promise<SessionTable | undefined> => {
  const row = tx.selectFrom("sessions").selectAll().where("id", "=", id);
  return (isPostgres(tx) ? row.forUpdate() : row).executeTakeFirst();
};

export const touchSession = (db: Db, id: string, at: number) =>
  db.updateTable("sessions").set({ last_active_at: at }).where("id", "=", id).execute();

/** Ends a session and all its connections, and erases their credentials. */
export async function endSession(tx: Db, id: string, at: number, reason: string): Promise<void> {
  await tx
    .updateTable("sessions")
    .set({ ended_at: at, end_reason: reason })
    .where("id", "=", id)
    .where("ended_at", "is", null)
    .execute();
  await tx
    .updateTable("connections")
    .set({ state: "ended", sealed_credential: null, ended_at: at })
    .where("session_id", "=", id)
    .where("state", "=", "live")
    .execute();
}

/** Sessions past their idle or absolute end, or last active in a time still to come, and not yet marked so. */
export const overdueSessions = (db: Db, now: number, idleMs: number): Promise<SessionTable[]> =>
  db
    .selectFrom("sessions")
    .selectAll()
    .where("ended_at", "is", null)
    .where((e) =>
      e.or([
        e("expires_at", "<=", now),
        e("last_active_at", "<=", now - idleMs),
        e("last_active_at", ">", now + clockSlackMs),
      ]),
    )
    .execute();

export const insertConnection = (tx: Db, connection: ConnectionTable) =>
  tx.insertInto("connections").values(connection).execute();

/** A session's connections, oldest first. */
export const connectionsOfSession = (db: Db, sessionId: string): Promise<ConnectionTable[]> =>
  db
    .selectFrom("connections")
    .selectAll()
    .where("session_id", "=", sessionId)
    .orderBy("created_at")
    .orderBy("id")
    .execute();

export const connectionById = (db: Db, id: string): Promise<ConnectionTable | undefined> =>
  db.selectFrom("connections").selectAll().where("id", "=", id).executeTakeFirst();

/** Live connections of an owner, the latest proved first. */
export const liveConnectionsOfOwner = (db: Db, ownerId: string): Promise<ConnectionTable[]> =>
  db
    .selectFrom("connections")
    .selectAll()
    .where("owner_id", "=", ownerId)
    .where("state", "=", "live")
    .orderBy("proved_at", "desc")
    .execute();

export const updateConnection = (tx: Db, id: string, change: Partial<ConnectionTable>) =>
  tx.updateTable("connections").set(change).where("id", "=", id).execute();

export const deleteConnection = (tx: Db, id: string) =>
  tx.deleteFrom("connections").where("id", "=", id).execute();
