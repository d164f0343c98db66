import "server-only";
import { askOnce } from "../../cache";
import { minutes } from "../../clock";
import { DeskError } from "../../errors";
import type { PortalUser } from "../../portal/client";
import { PortalError } from "../../portal/error";
import type { Priority } from "../../portal/priority";
import { ownerIdsByUserIds, ownersByUserIds } from "../../store/owners";
import type { OwnerTable } from "../../store/schema";
import { confirmConnection } from "../connections/confirm";
import { callAs } from "../connections/credential";
import { liveConnections } from "../connections/find";
import { areRolesCurrent, wasSaidLately } from "../connections/judged";
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
  if (!areRolesCurrent(desk, connection)) {
    const standing = await confirmConnection(desk, connection);
    if (standing.state === "unasked") throw standing.trouble;
    if (standing.state === "ended" || !isLead(standing.roles)) return [];
  }
  return askUsers(desk, connection, "normal");
}

async function askUsers(
  desk: Desk,
  connection: SessionConnection,
  priority: Priority,
): Promise<PortalUser[]> {
  const at = desk.clock.now();
  const turn = { person: shareOf(connection), priority };
  const people = await callAs(desk, connection, (credential) =>
    desk.portal.listUsers(connection.portal, credential, { flatten: true }, turn),
  ).catch((error: unknown) => {
    if (error instanceof PortalError && error.kind === "forbidden") return [];
    throw error;
  });
  desk.shown.set(connection.id, { userIds: idsOf(people), at });
  return people;
}

const idsOf = (people: PortalUser[]): string[] => people.flatMap(({ userId }) => userId ?? []);

/**
 * Whom the portal showed a lead when it could last be asked; where only our own limit keeps it from being asked, out of what is
 * kept for revocations.
 */
async function shownLately(desk: Desk, connection: SessionConnection, trouble: unknown): Promise<string[]> {
  const last = desk.shown.get(connection.id);
  if (last && wasSaidLately(desk, last.at)) return last.userIds;
  const isOurs = trouble instanceof DeskError && trouble.facts.trouble === "own_limit";
  return isOurs ? askUsers(desk, connection, "by-hand").then(idsOf, () => []) : [];
}

/** An owner whom the caller leads, and the connection that says so. */
export type LedOwner = { owner: OwnerTable; connection: SessionConnection };

/** Whom the caller leads, and why that is not all, where a portal could not be asked. */
export type Led = { owners: LedOwner[]; trouble?: unknown };

/**
 * Whom the portals show the caller, by the connection that says so; one that does not answer leaves its people out, or gives
 * those of before.
 */
async function askPeople(
  ctx: SessionContext,
  { lately = false } = {},
): Promise<{ shown: Shown[]; trouble?: unknown }> {
  const troubles: unknown[] = [];
  const shown = await Promise.all(
    liveConnections(ctx).map(async (connection) => {
      let trouble: unknown = connection.unled;
      const people = await peopleOf(ctx.desk, connection).catch((error: unknown) => {
        trouble = asDeskError(error, connection.id);
        return [];
      });
      if (trouble) troubles.push(trouble);
      const userIds = trouble && lately ? await shownLately(ctx.desk, connection, trouble) : idsOf(people);
      return { connection, userIds };
    }),
  );
  // One that nothing is given on any more may lead as well.
  for (const { state, unjudged, unled } of ctx.session.connections)
    if (state === "live" && unjudged && unled) troubles.push(unled);
  return { shown, trouble: troubles[0] };
}

type Shown = { connection: SessionConnection; userIds: string[] };

/**
 * The owners whose records the caller sees as a lead, also where they have a connection as that owner: it may be about
 * to end. A portal that does not answer leaves its people out rather than failing everything, and is told.
 * @param options `lately` has those count that it showed a quarter of an hour ago, where it cannot be asked now: only for what
 * it will judge itself.
 */
export async function askLed(ctx: SessionContext, options: { lately?: boolean } = {}): Promise<Led> {
  const { shown, trouble } = await askPeople(ctx, options);
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
