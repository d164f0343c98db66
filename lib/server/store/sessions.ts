import "server-only";
import { type SqlBool, sql } from "kysely";
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

/**
 * Ends a session and all its connections, and erases their credentials.
 * @returns whether it was still open.
 */
export async function endSession(tx: Db, id: string, at: number, reason: string): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("sessions")
    .set({ ended_at: at, end_reason: reason })
    .where("id", "=", id)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  await tx
    .updateTable("connections")
    .set({ state: "ended", sealed_credential: null, ended_at: at })
    .where("session_id", "=", id)
    .where("state", "=", "live")
    .execute();
  return numUpdatedRows > 0n;
}

/** What a session's times are held against: the time, and how long a session lives on without activity. */
export type SessionTime = { now: number; idleMs: number };

/** Past its idle or absolute end, or last active in a time still to come; marked as ended or not yet. */
const isOverdue = ({ now, idleMs }: SessionTime) => sql<SqlBool>`(sessions.expires_at <= ${now}
  or sessions.last_active_at <= ${now - idleMs} or sessions.last_active_at > ${now + clockSlackMs})`;

/** Sessions whose time is over, and that are not yet marked so. */
export const overdueSessions = (db: Db, time: SessionTime): Promise<SessionTable[]> =>
  db.selectFrom("sessions").selectAll().where("ended_at", "is", null).where(isOverdue(time)).execute();

/** Sessions that are good now, of these owners or of everybody, the one last active first. */
export function openSessions(db: Db, time: SessionTime, owners?: string[]): Promise<SessionTable[]> {
  const open = db
    .selectFrom("sessions")
    .selectAll()
    .where("ended_at", "is", null)
    .where(sql<SqlBool>`not ${isOverdue(time)}`)
    .orderBy("last_active_at", "desc")
    .orderBy("id");
  return (owners ? open.where("owner_id", "in", owners) : open).execute();
}

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

/** Live connections in sessions that are good now. */
const liveConnections = (db: Db, time: SessionTime) =>
  db
    .selectFrom("connections")
    .innerJoin("sessions", "sessions.id", "connections.session_id")
    .selectAll("connections")
    .where("connections.state", "=", "live")
    .where("sessions.ended_at", "is", null)
    .where(sql<SqlBool>`not ${isOverdue(time)}`);

/** Live connections of an owner, the latest proved first. A session whose time is over lends its credential to nothing. */
export const liveConnectionsOfOwner = (
  db: Db,
  ownerId: string,
  time: SessionTime,
): Promise<ConnectionTable[]> =>
  liveConnections(db, time)
    .where("connections.owner_id", "=", ownerId)
    .orderBy("connections.proved_at", "desc")
    .execute();

/** Live connections of the sessions that are good now, of these owners or of everybody, oldest first. */
export function liveConnectionsOfSessions(
  db: Db,
  time: SessionTime,
  owners?: string[],
): Promise<ConnectionTable[]> {
  const live = liveConnections(db, time).orderBy("connections.created_at").orderBy("connections.id");
  return (owners ? live.where("sessions.owner_id", "in", owners) : live).execute();
}

export const updateConnection = (tx: Db, id: string, change: Partial<ConnectionTable>) =>
  tx.updateTable("connections").set(change).where("id", "=", id).execute();

export const deleteConnection = (tx: Db, id: string) =>
  tx.deleteFrom("connections").where("id", "=", id).execute();
