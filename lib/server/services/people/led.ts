import "server-only";
import { minutes } from "../../clock";
import type { PortalUser } from "../../portal/client";
import { PortalError } from "../../portal/error";
import { ownersByUserIds } from "../../store/owners";
import type { OwnerTable } from "../../store/schema";
import { updateConnection } from "../../store/sessions";
import { callAs } from "../connections/credential";
import { liveConnections } from "../connections/find";
import type { SessionConnection, SessionContext } from "../context";
import type { Desk } from "../desk";
import { isLead } from "../roles";

/**
 * The users that the portal shows a lead, laid flat, asked for at most once a minute. A portal that no longer
 * shows them any (403) ends their lead: the roles are read again with the people.
 * @throws PortalError as the portal client does, but for 403.
 */
export async function peopleOf(desk: Desk, connection: SessionConnection): Promise<PortalUser[]> {
  if (connection.state !== "live" || !isLead(connection.roles)) return [];
  const now = desk.clock.monotonic();
  const known = desk.people.get(connection.id);
  if (known && now - known.at < minutes(1)) return known.people;
  for (const [id, { at }] of desk.people) if (now - at >= minutes(1)) desk.people.delete(id);
  const people = fetchPeople(desk, connection);
  desk.people.set(connection.id, { at: now, people });
  people.catch(() => desk.people.delete(connection.id));
  return people;
}

async function fetchPeople(desk: Desk, connection: SessionConnection): Promise<PortalUser[]> {
  const { portal } = connection;
  try {
    const me = await callAs(desk, connection, (credential) => desk.portal.whoAmI(portal, credential));
    if (me && JSON.stringify(me.roles) !== JSON.stringify(connection.roles))
      await updateConnection(desk.db, connection.id, {
        roles: JSON.stringify(me.roles),
        roles_at: desk.clock.now(),
      });
    if (me && !isLead(me.roles)) return [];
    return await callAs(desk, connection, (credential) =>
      desk.portal.listUsers(portal, credential, { flatten: true }),
    );
  } catch (error) {
    if (error instanceof PortalError && error.kind === "forbidden") return [];
    throw error;
  }
}

/** An owner whom the caller leads, and the connection that says so. */
export type LedOwner = { owner: OwnerTable; connection: SessionConnection };

/**
 * The owners whose records the caller sees as a lead, also where they have a connection as that owner: it may be about
 * to end. A portal that does not answer leaves its people out rather
 * than failing everything.
 */
export async function ledOwners(ctx: SessionContext): Promise<LedOwner[]> {
  const found = new Map<string, LedOwner>();
  await Promise.all(
    liveConnections(ctx).map(async (connection) => {
      const people = await peopleOf(ctx.desk, connection).catch(() => []);
      const userIds = people.flatMap(({ userId }) => userId ?? []);
      for (const owner of await ownersByUserIds(ctx.desk.db, connection.portal, userIds))
        found.set(owner.id, { owner, connection });
    }),
  );
  return [...found.values()];
}
