import "server-only";
import { minutes, seconds } from "../../clock";
import { sessionIdOf, sha256 } from "../../crypto";
import { DeskError } from "../../errors";
import { ownerById, ownersByIds } from "../../store/owners";
import type { OwnerTable, SessionTable } from "../../store/schema";
import { connectionsOfSession, sessionById, sessionBySidHash, touchSession } from "../../store/sessions";
import { toSessionConnection } from "../connections/from-row";
import type { ActiveSession, SessionContext } from "../context";
import type { Desk } from "../desk";
import { endIfOverdue, lastSignOf } from "./end-overdue";
import { type Asking, judgeConnection, selfOf } from "./judge";

const renewalPatienceMs = seconds(2.5);

/**
 * The session behind a session id, or undefined where it is unknown, ended, idle for too long or too old, or where
 * nothing of it is allowed any more. Roles and admin are the portal's of the last minute, and the present configuration's.
 * @param active false for background requests (timers, focus), which do not extend the session.
 * @param asking absent where the portal is not to be asked: what it said too long ago then counts for nothing.
 */
export async function loadSession(
  desk: Desk,
  sid: string,
  active: boolean,
  asking?: Asking,
): Promise<ActiveSession | undefined> {
  const row = await sessionBySidHash(desk.db, sha256(sid));
  // Whoever can write to the store must not have their own cookie open somebody else's session.
  return row && row.id === sessionIdOf(sid) ? sessionOf(desk, row, active, asking) : undefined;
}

/**
 * A request's session as it is now: what takes long must not go on for somebody who is out, or may do less.
 * @throws DeskError `session_ended`
 */
export async function renewSession<C extends SessionContext>(ctx: C): Promise<C> {
  const row = await sessionById(ctx.desk.db, ctx.session.id);
  const session = row && (await sessionOf(ctx.desk, row, false, { patienceMs: renewalPatienceMs }));
  if (!session) throw new DeskError("session_ended");
  return { ...ctx, session };
}

async function sessionOf(
  desk: Desk,
  row: SessionTable,
  active: boolean,
  asking?: Asking,
): Promise<ActiveSession | undefined> {
  if (row.ended_at !== null || (await endIfOverdue(desk, row))) return undefined;
  const now = desk.clock.now();
  let lastActiveAt = lastSignOf(desk, row);
  // Once a minute is enough to know that somebody is there.
  if (active && now - lastActiveAt >= minutes(1)) {
    lastActiveAt = now;
    // A store that takes no writes can still be read: what it does not take is remembered, or whoever reads would be out in the end.
    await touchSession(desk.db, row.id, now).then(
      () => desk.signs.delete(row.id),
      () => desk.signs.set(row.id, now),
    );
  }

  const rows = await connectionsOfSession(desk.db, row.id);
  const owners = await ownersOf(desk, [row.owner_id, ...rows.map((connection) => connection.owner_id)]);
  const stored = rows.map((connection) => toSessionConnection(connection, owners.get(connection.owner_id)));
  const judged = await Promise.all(stored.map((connection) => judgeConnection(desk, connection, asking)));
  const opener = owners.get(row.owner_id)?.id ?? row.owner_id;
  const self = selfOf(judged, opener);
  if (!self) return undefined;
  const { portal, userId, userName, fullName } = self.connection;
  return {
    id: row.id,
    ownerId: self.connection.ownerId,
    user: { portal, userId, userName, fullName },
    openerId: opener,
    admin: self.admin,
    oversees: self.oversees,
    connections: judged.map(({ connection }) => connection),
    createdAt: row.created_at,
    lastActiveAt,
    expiresAt: row.expires_at,
  };
}

/** Owners by the ids that rows have them under; one that was merged is the one it was merged into. */
export async function ownersOf(desk: Desk, ids: string[]): Promise<Map<string, OwnerTable>> {
  const owners = await ownersByIds(desk.db, [...new Set(ids)]);
  const pairs = owners.map(async (owner): Promise<[string, OwnerTable]> => {
    const current = owner.merged_into ? await ownerById(desk.db, owner.merged_into) : owner;
    return [owner.id, current ?? owner];
  });
  return new Map(await Promise.all(pairs));
}
