import "server-only";
import { askOnce } from "../../cache";
import { minutes } from "../../clock";
import type { PortalUser } from "../../portal/client";
import { PortalError } from "../../portal/error";
import { ownerIdsByUserIds, ownersByUserIds } from "../../store/owners";
import type { OwnerTable } from "../../store/schema";
import { confirmConnection } from "../connections/confirm";
import { callAs } from "../connections/credential";
import { liveConnections } from "../connections/find";
import { areRolesCurrent } from "../connections/judged";
import { type SessionConnection, type SessionContext, shareOf } from "../context";
import type { Desk } from "../desk";
import { asDeskError } from "../portals/refusal";
import { isLead } from "../roles";

/**
 * The users that the portal shows a lead, laid flat, asked for at most once a minute. A portal that no longer
 * shows them any (403) ends their lead: the roles are read again with the people.
 * @throws PortalError as the portal client does, but for 403; DeskError the portal's trouble.
 */
export async function peopleOf(desk: Desk, connection: SessionConnection): Promise<PortalUser[]> {
  if (connection.state !== "live" || !isLead(connection.roles)) return [];
  return askOnce(desk.people, connection.id, {
    clock: desk.clock,
    ask: () => fetchPeople(desk, connection),
    until: (_people, begun) => begun + minutes(1),
  });
}

async function fetchPeople(desk: Desk, connection: SessionConnection): Promise<PortalUser[]> {
  const { portal } = connection;
  if (!areRolesCurrent(desk, connection)) {
    const standing = await confirmConnection(desk, connection);
    if (standing.state === "unasked") throw standing.trouble;
    if (standing.state === "ended" || !isLead(standing.roles)) return [];
  }
  try {
    return await callAs(desk, connection, (credential) =>
      desk.portal.listUsers(portal, credential, { flatten: true }, { person: shareOf(connection) }),
    );
  } catch (error) {
    if (error instanceof PortalError && error.kind === "forbidden") return [];
    throw error;
  }
}

/** An owner whom the caller leads, and the connection that says so. */
export type LedOwner = { owner: OwnerTable; connection: SessionConnection };

/** Whom the caller leads, and why that is not all, where a portal could not be asked. */
export type Led = { owners: LedOwner[]; trouble?: unknown };

/** Whom the portals show the caller, by the connection that says so; one that does not answer leaves its people out. */
async function askPeople(ctx: SessionContext): Promise<{ shown: Shown[]; trouble?: unknown }> {
  const troubles: unknown[] = [];
  const shown = await Promise.all(
    liveConnections(ctx).map(async (connection) => {
      if (connection.unled) troubles.push(connection.unled);
      const people = await peopleOf(ctx.desk, connection).catch((error: unknown) => {
        troubles.push(asDeskError(error, connection.id));
        return [];
      });
      return { connection, userIds: people.flatMap(({ userId }) => userId ?? []) };
    }),
  );
  return { shown, trouble: troubles[0] };
}

type Shown = { connection: SessionConnection; userIds: string[] };

/**
 * The owners whose records the caller sees as a lead, also where they have a connection as that owner: it may be about
 * to end. A portal that does not answer leaves its people out rather than failing everything, and is told.
 */
export async function askLed(ctx: SessionContext): Promise<Led> {
  const { shown, trouble } = await askPeople(ctx);
  const found = new Map<string, LedOwner>();
  for (const { connection, userIds } of shown)
    for (const owner of await ownersByUserIds(ctx.desk.db, connection.portal, userIds))
      found.set(owner.id, { owner, connection });
  return { owners: [...found.values()], trouble };
}

/** The owners whose records the caller sees as a lead, as far as the portals say. */
export const ledOwners = async (ctx: SessionContext): Promise<LedOwner[]> => (await askLed(ctx)).owners;

/** The same by their ids alone: of thousands of people the rest is long. */
export async function ledOwnerIds(ctx: SessionContext): Promise<string[]> {
  const { shown } = await askPeople(ctx);
  const ids: string[] = [];
  for (const { connection, userIds } of shown)
    ids.push(...(await ownerIdsByUserIds(ctx.desk.db, connection.portal, userIds)));
  return ids;
}
