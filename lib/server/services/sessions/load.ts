import "server-only";
import { minutes } from "../../clock";
import { sessionIdOf, sha256 } from "../../crypto";
import { ownerById, ownersByIds } from "../../store/owners";
import type { OwnerTable } from "../../store/schema";
import { connectionsOfSession, sessionBySidHash, touchSession } from "../../store/sessions";
import { toSessionConnection } from "../connections/add";
import type { ActiveSession } from "../context";
import type { Desk } from "../desk";
import { ownerName } from "../owners/resolve";
import { isSuperUser } from "../roles";
import { endIfOverdue } from "./end-overdue";

/**
 * The session behind a session id, or undefined where it is unknown, ended, idle for too long or too old.
 * @param active false for background requests (timers, focus), which do not extend the session.
 */
export async function loadSession(
  desk: Desk,
  sid: string,
  active: boolean,
): Promise<ActiveSession | undefined> {
  const row = await sessionBySidHash(desk.db, sha256(sid));
  // Whoever can write to the store must not have their own cookie open somebody else's session.
  if (!row || row.id !== sessionIdOf(sid) || row.ended_at !== null) return undefined;
  if (await endIfOverdue(desk, row)) return undefined;
  const now = desk.clock.now();
  // Once a minute is enough to know that somebody is there.
  if (active && now - row.last_active_at >= minutes(1)) {
    // A store that takes no writes can still be read; the session is then not prolonged.
    const touched = await touchSession(desk.db, row.id, now).then(
      () => true,
      () => false,
    );
    if (touched) row.last_active_at = now;
  }

  const rows = await connectionsOfSession(desk.db, row.id);
  const owners = await ownersOf(desk, [row.owner_id, ...rows.map((connection) => connection.owner_id)]);
  const owner = owners.get(row.owner_id);
  const connections = rows.map((connection) =>
    toSessionConnection(connection, owners.get(connection.owner_id)),
  );
  const user = {
    portal: owner?.portal ?? rows[0]?.portal ?? "",
    userId: owner?.user_id ?? undefined,
    userName: ownerName(owner ?? { user_name: null }),
    fullName: owner?.full_name ?? undefined,
  };
  return {
    id: row.id,
    ownerId: owner?.id ?? row.owner_id,
    user,
    admin: isAdmin(
      desk,
      user,
      connections.filter(({ ownerId }) => ownerId === owner?.id),
    ),
    connections,
    createdAt: row.created_at,
    lastActiveAt: row.last_active_at,
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

/**
 * Desk admins are named by `TOKENDESK_ADMINS`; on a desk of one's own machine a portal's super user is one too.
 * Only while the portal still accepts them: whoever was disabled there is no admin here, whatever else they connected.
 */
function isAdmin({ env }: Desk, user: ActiveSession["user"], own: ActiveSession["connections"]): boolean {
  const live = own.find(({ state }) => state === "live");
  if (!live) return false;
  const named = env.admins.some(
    ({ portal, userName }) => portal === user.portal && userName === user.userName.toLowerCase(),
  );
  return named || (env.loopback && isSuperUser(live.roles));
}
