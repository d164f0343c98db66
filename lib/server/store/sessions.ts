import "server-only";
import { type SqlBool, sql } from "kysely";
import { clockSlackMs } from "../clock";
import { partsOf } from "../slices";
import { among, isPostgres } from "./engine";
import { noteErased } from "./erased";
import type { ConnectionTable, Db, SessionTable } from "./schema";

/** So many rows are read or written by one statement: nobody else has a turn until it is done. */
const chunk = 250;

export const insertSession = (tx: Db, session: SessionTable) =>
  tx.insertInto("sessions").values(session).execute();

export const sessionById = (db: Db, id: string): Promise<SessionTable | undefined> =>
  db.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();

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
  noteErased("connections");
  await tx
    .deleteFrom("connection_tokens")
    .where("connection_id", "in", (e) =>
      e.selectFrom("connections").select("connections.id").where("session_id", "=", id),
    )
    .execute();
  return numUpdatedRows > 0n;
}

/** What a session's times are held against: the time, and how long a session lives on without activity. */
export type SessionTime = { now: number; idleMs: number };

/** Past its idle or absolute end, or last active in a time still to come; marked as ended or not yet. */
const isOverdue = ({ now, idleMs }: SessionTime) => sql<SqlBool>`(sessions.expires_at <= ${now}
  or sessions.last_active_at <= ${now - idleMs} or sessions.last_active_at > ${now + clockSlackMs})`;

/** Sessions whose time is over, and that are not yet marked so: some of them, where they are many. */
export async function overdueSessions(db: Db, { now, idleMs }: SessionTime): Promise<SessionTable[]> {
  const found = new Map<string, SessionTable>();
  // One after the other: each is found by an index, and of those that live on none is read.
  for (const [column, is, at] of [
    ["expires_at", "<=", now],
    ["last_active_at", "<=", now - idleMs],
    ["last_active_at", ">", now + clockSlackMs],
  ] as const) {
    const some = db.selectFrom("sessions").selectAll().where("ended_at", "is", null).where(column, is, at);
    for (const row of await some.limit(chunk).execute()) found.set(row.id, row);
  }
  return [...found.values()];
}

/** Which sessions: those of these owners, and one more, whoever opened it. */
export type Whose = { owners: string[]; session: string };

/** Sessions that are not marked as ended, of whom it is asked for or of everybody; the time of some may be over. */
export async function openSessions(db: Db, whose?: Whose): Promise<SessionTable[]> {
  const open = db.selectFrom("sessions").selectAll().where("ended_at", "is", null);
  const found: SessionTable[] = [];
  if (whose) {
    found.push(...(await open.where("owner_id", "in", whose.owners).execute()));
    const isOther = !found.some(({ id }) => id === whose.session);
    if (isOther) found.push(...(await open.where("id", "=", whose.session).execute()));
  } else {
    // Nothing else is asked for: by their times PostgreSQL would find all of them for each page.
    const after = (id: string) => open.where("id", ">", id).orderBy("id").limit(chunk).execute();
    for (let last: string | undefined = ""; last !== undefined; ) {
      const page = await after(last);
      found.push(...page);
      last = page.at(chunk - 1)?.id;
    }
  }
  return found;
}

/** How many there are. */
export async function countOpenSessions(db: Db): Promise<number> {
  // Without an id SQLite would go through all that have ended, by an index that has them too.
  const open = db.selectFrom("sessions").where("ended_at", "is", null).where("id", ">", "");
  return (await open.select((e) => e.fn.countAll<number>().as("count")).executeTakeFirstOrThrow()).count;
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

/** Live connections of an owner, the latest proved first. A session whose time is over lends its credential to nothing. */
export const liveConnectionsOfOwner = (
  db: Db,
  ownerId: string,
  time: SessionTime,
): Promise<ConnectionTable[]> =>
  db
    .selectFrom("connections")
    .innerJoin("sessions", "sessions.id", "connections.session_id")
    .selectAll("connections")
    .where("connections.owner_id", "=", ownerId)
    .where("connections.state", "=", "live")
    .where("sessions.ended_at", "is", null)
    .where(sql<SqlBool>`not ${isOverdue(time)}`)
    .orderBy("connections.proved_at", "desc")
    .execute();

/** Live connections of these sessions, those of a session oldest first, and how many tokens it is known that each rests on. */
export async function liveConnectionsOfSessions(db: Db, sessions: Pick<SessionTable, "id">[]) {
  const found: (ConnectionTable & { tokens: number | null })[] = [];
  for (const part of partsOf(sessions, chunk)) {
    const ids = part.map(({ id }) => id);
    const rows = await db
      .selectFrom("connections")
      .selectAll()
      .select((e) =>
        e
          .selectFrom("connection_tokens")
          .select((c) => c.fn.countAll<number>().as("count"))
          .whereRef("connection_tokens.connection_id", "=", "connections.id")
          .as("tokens"),
      )
      .where("session_id", "in", among(db, ids))
      .where("state", "=", "live")
      .orderBy("created_at")
      .orderBy("id")
      .execute();
    found.push(...rows);
  }
  return found;
}

export async function updateConnection(tx: Db, id: string, change: Partial<ConnectionTable>): Promise<void> {
  await tx.updateTable("connections").set(change).where("id", "=", id).execute();
  if ("sealed_credential" in change) noteErased("connections");
}

/**
 * Notes what a portal said of a live connection's user, unless the credential is another one since it was asked, or
 * something later has been said. @returns whether it was noted.
 */
export async function noteConfirmed(
  tx: Db,
  { id, sealed_credential }: Pick<ConnectionTable, "id" | "sealed_credential">,
  said: Pick<ConnectionTable, "roles" | "roles_at"> & Partial<ConnectionTable>,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("connections")
    .set(said)
    .where("id", "=", id)
    .where("sealed_credential", "=", sealed_credential)
    // What seems to have been said later than now was noted by a clock that has been set back.
    .where((e) => e.or([e("roles_at", "<=", said.roles_at), e("roles_at", ">", now)]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Ends one connection, erases its credential and takes its rights; its row stays. */
export async function closeConnection(tx: Db, id: string, at: number): Promise<void> {
  await updateConnection(tx, id, { state: "ended", roles: "[]", sealed_credential: null, ended_at: at });
  await forgetTokensOf(tx, id);
}

export async function deleteConnection(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom("connections").where("id", "=", id).execute();
  noteErased("connections");
  await forgetTokensOf(tx, id);
}

/** Notes that a connection was made or proved with a token, in addition to those that it was before. */
export const noteTokenOf = (tx: Db, connectionId: string, tokenId: string) =>
  tx
    .insertInto("connection_tokens")
    .values({ connection_id: connectionId, token_id: tokenId })
    .onConflict((c) => c.columns(["token_id", "connection_id"]).doNothing())
    .execute();

/** The connection rests on no token any more: it ended, or a password was proved for it. */
export const forgetTokensOf = (tx: Db, connectionId: string) =>
  tx.deleteFrom("connection_tokens").where("connection_id", "=", connectionId).execute();

/** Live connections that were made or proved with any of these tokens, in the order in which whoever ends several takes them. */
export async function connectionsMadeWith(db: Db, tokenIds: string[]): Promise<ConnectionTable[]> {
  const found = new Map<string, ConnectionTable>();
  for (let start = 0; start < tokenIds.length; start += 500) {
    const rows = await db
      .selectFrom("connections")
      .innerJoin("connection_tokens", "connection_tokens.connection_id", "connections.id")
      .selectAll("connections")
      .where("connections.state", "=", "live")
      .where("connection_tokens.token_id", "in", tokenIds.slice(start, start + 500))
      .execute();
    for (const row of rows) found.set(row.id, row);
  }
  const keyOf = ({ session_id, id }: ConnectionTable) => `${session_id} ${id}`;
  return [...found.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** The tokens that an owner's live connections rest on, of those proved before a moment. */
export const tokensOfConnections = (db: Db, ownerId: string, provedBefore: number) =>
  db
    .selectFrom("connections")
    .innerJoin("connection_tokens", "connection_tokens.connection_id", "connections.id")
    .select(["connections.id", "connection_tokens.token_id"])
    .where("connections.owner_id", "=", ownerId)
    .where("connections.state", "=", "live")
    .where("connections.proved_at", "<", provedBefore)
    .execute();
