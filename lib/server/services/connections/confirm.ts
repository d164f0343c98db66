import "server-only";
import { askOnce } from "../../cache";
import { seconds } from "../../clock";
import { DeskError, isStoreFull, loggedError, writeStack } from "../../errors";
import type { PortalUser } from "../../portal/client";
import { PortalError } from "../../portal/error";
import { updateOwner } from "../../store/owners";
import { noteConfirmed } from "../../store/sessions";
import { type SessionConnection, shareOf } from "../context";
import type { Desk } from "../desk";
import { asDeskError, isOutage } from "../portals/refusal";
import { isLead, isSuperUser } from "../roles";
import { accountsFor, accountsOf, accountsToKeep, reasonAgainst } from "../sessions/allowed";
import { callAs } from "./credential";
import { type EndReason, endConnection } from "./end";
import { judgedLatelyMs } from "./judged";
import { recordRoles } from "./roles";
import type { Standing } from "./standing";

const askAgainMs = seconds(5);

/**
 * Has the portal confirm a connection by its own credential: that it is alive, that it is still the same user's, and
 * what that user may do. All who ask at once share one call, and what came of it for a minute; a portal that could not be
 * asked is spared for 5 s. What changed is on record, and what is no more ends.
 */
export function confirmConnection(desk: Desk, connection: SessionConnection): Promise<Standing> {
  const { standings, clock } = desk;
  return askOnce(standings, `${connection.id} ${connection.sealedCredential}`, {
    clock,
    ask: () => ask(desk, connection),
    until({ state }, begun) {
      const keptMs = { confirmed: judgedLatelyMs, unasked: askAgainMs, ended: 0 }[state];
      // What was confirmed counts from when it was asked: a portal may be slow to say it.
      return (state === "confirmed" ? begun : clock.monotonic()) + keptMs;
    },
  });
}

async function ask(desk: Desk, connection: SessionConnection): Promise<Standing> {
  const startedAt = desk.clock.now();
  try {
    const me = await whoAmI(desk, connection);
    const userName = me.userName ?? connection.userName;
    const said = { ...me, userName };
    const end = reasonToEnd(me, connection);
    if (end) return await endNow(desk, connection, end);
    let accounts: string[] | undefined;
    try {
      accounts = await accountsNow(desk, connection, me);
    } catch (error) {
      // Roles that are lost are lost, whatever became of the next question.
      if (connection.roles.every((role) => me.roles.includes(role))) throw error;
      return await noteSaid(desk, connection, { ...said, accountIds: undefined }, startedAt);
    }
    const against = reasonAgainst(desk.env, { ...connection, userName, accounts });
    if (against) return await endNow(desk, connection, against);
    return await noteSaid(desk, connection, { ...said, accountIds: accounts }, startedAt);
  } catch (error) {
    const known = asDeskError(error, connection.id);
    if (!(known instanceof DeskError)) throw error;
    if (known.code === "connection_ended") return { state: "ended" };
    writeStack(known);
    return { state: "unasked", trouble: known, outage: isOutage(error) };
  }
}

async function endNow(desk: Desk, connection: SessionConnection, reason: EndReason): Promise<Standing> {
  await endConnection(desk, connection, reason);
  return { state: "ended" };
}

/** Nobody makes the portal seem away by using up their own share of calls: it is asked at once, or it is not. */
const asCaller = (connection: SessionConnection) => ({ person: shareOf(connection), atOnce: true });

type Me = Pick<PortalUser, "roles"> & Partial<PortalUser>;

/**
 * What the portal says of the credential's user. A deployment that does not say (portal.md) is asked for the users,
 * which only who manages some may see: they may be among those; otherwise no more is confirmed than that right.
 */
async function whoAmI(desk: Desk, connection: SessionConnection): Promise<Me> {
  const { portal } = connection;
  const as = asCaller(connection);
  try {
    const me = await callAs(desk, connection, (credential) => desk.portal.whoAmI(portal, credential, as));
    if (me) return me;
  } catch (error) {
    if (!(error instanceof PortalError && error.kind === "forbidden")) throw error;
  }
  try {
    const users = await callAs(desk, connection, (credential) =>
      desk.portal.listUsers(portal, credential, { flatten: true }, as),
    );
    const me = users.find(({ userId }) => userId !== undefined && userId === connection.userId);
    return me ?? { roles: connection.roles.filter((role) => !isSuperUser([role])) };
  } catch (error) {
    // Alive, without the right to see users.
    if (!(error instanceof PortalError && error.kind === "forbidden")) throw error;
    return { roles: connection.roles.filter((role) => !isLead([role])) };
  }
}

/** The user's accounts, as far as a rule wants to know them now: what they were before lets nobody in. */
async function accountsNow(desk: Desk, connection: SessionConnection, me: Me): Promise<string[] | undefined> {
  const { portal, userId } = connection;
  const who = { portal, userId, userName: me.userName ?? connection.userName, accounts: me.accountIds };
  const now = await accountsFor(desk, who, () =>
    callAs(desk, connection, (credential) => accountsOf(desk, portal, credential, asCaller(connection))),
  );
  return now && accountsToKeep(desk.env, portal, now);
}

function reasonToEnd(me: Me, { userId }: SessionConnection): EndReason | undefined {
  if (me.enabled === false) return "portal_disabled";
  const isOther = me.userId !== undefined && userId !== undefined && me.userId !== userId;
  return isOther ? "portal_other_user" : undefined;
}

/**
 * Notes what the portal said when it was asked; that roles are others than before is on record. Where the store takes no
 * writes nothing counts that would be news, and where the connection was proved anew meanwhile this was not about it.
 */
async function noteSaid(
  desk: Desk,
  connection: SessionConnection,
  { userName, roles, accountIds }: Me & { userName: string },
  startedAt: number,
): Promise<Standing> {
  const { id, ownerId, sealedCredential = null } = connection;
  try {
    const isNoted = await desk.db.transaction().execute(async (tx) => {
      if (userName !== connection.userName) await updateOwner(tx, ownerId, { user_name: userName });
      const said = { roles: JSON.stringify(roles), roles_at: startedAt };
      const accounts = accountIds ? { accounts: JSON.stringify(accountIds) } : {};
      const place = { id, sealed_credential: sealedCredential };
      if (!(await noteConfirmed(tx, place, { ...said, ...accounts }, desk.clock.now()))) return false;
      await recordRoles(desk, tx, connection, roles);
      return true;
    });
    if (isNoted) return { state: "confirmed", at: startedAt, userName, roles };
    const trouble = new DeskError("portal_timeout", { connectionId: id });
    return { state: "unasked", trouble, outage: false };
  } catch (error) {
    if (!isStoreFull(error))
      desk.log.error({ connection: id, ...loggedError(error) }, "roles could not be noted");
    return {
      state: "confirmed",
      at: startedAt,
      userName,
      roles: roles.filter((role) => connection.roles.includes(role)),
    };
  }
}
