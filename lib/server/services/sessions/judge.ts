import "server-only";
import { withinPatience } from "../../clock";
import { DeskError } from "../../errors";
import { isMeant } from "../../names";
import { confirmConnection } from "../connections/confirm";
import { endConnection, unrecordedEnd } from "../connections/end";
import { areRolesCurrent, mayBeLate, wereRolesJudged } from "../connections/judged";
import type { ActiveSession, SessionConnection } from "../context";
import type { Desk } from "../desk";
import { isLead, isSuperUser } from "../roles";
import { reasonAgainst } from "./allowed";

/*
 * What a session's connections may be used for now. Rights are the portal's: they count for a minute after it said so,
 * and only while the present configuration lets the person in (ASVS 8.3.2). While there is no portal a desk admin reads the
 * trail and ends sessions.
 */

/** How a request has the portal asked about the session's connections, where its last answer is too old. */
export type Asking = {
  /** For how long the request waits; what comes later serves the next. */
  patienceMs: number;
  /** The request asks for the caller's own lists, by which the portal judges connections that carry no right. */
  lists?: boolean;
};

/** A connection as it may be used, and what its user may do as a desk admin. */
export type Judged = { connection: SessionConnection } & Pick<ActiveSession, "admin" | "oversees">;

const nothing = { admin: false, oversees: false };

/** Ends a connection that is not allowed any more; has the portal confirm the others' roles, or takes them away. */
export async function judgeConnection(
  desk: Desk,
  stored: SessionConnection,
  asking?: Asking,
): Promise<Judged> {
  const ended = { ...stored, state: "ended" as const, sealedCredential: undefined, roles: [] };
  if (stored.state === "ended") return { connection: ended, ...nothing };
  const unrecorded = unrecordedEnd(desk, stored);
  const unfit = unrecorded?.reason ?? reasonAgainst(desk.env, stored);
  if (unfit) {
    await endConnection(desk, stored, unfit, unrecorded?.by);
    return { connection: ended, ...nothing };
  }
  if (areRolesCurrent(desk, stored)) return { connection: stored, ...rightsOf(desk, stored) };
  const late = { ...stored, roles: [] };
  const carriesRight = isAdminUser(desk, stored) || isLead(stored.roles);
  // A list judges the credential, not whether its user is still let in here: that may wait for a while.
  const listDoes = asking?.lists && !carriesRight && wereRolesJudged(desk, stored);
  if (!asking || listDoes) return { connection: late, ...nothing };

  const standing = await withinPatience(desk.clock, confirmConnection(desk, stored), asking.patienceMs);
  if (standing?.state === "ended") return { connection: ended, ...nothing };
  if (standing?.state === "confirmed") {
    const { roles, userName, at } = standing;
    const connection = { ...stored, roles, userName, rolesAt: at };
    return { connection, ...rightsOf(desk, connection) };
  }
  const trouble = standing?.trouble ?? new DeskError("portal_timeout", { connectionId: stored.id });
  // A portal that takes longer than we wait is as good as away: our own limit keeps no such call waiting.
  const outage = standing?.outage ?? true;
  const unjudged = mayBeLate(desk, stored, outage) ? undefined : trouble;
  const unled = isLead(stored.roles) ? trouble : undefined;
  const oversees = isAdminUser(desk, stored) && outage && !unjudged;
  return { connection: { ...late, unjudged, unled }, admin: false, oversees };
}

/** Whose session it is: whoever opened it, while a connection of theirs is good, else the user of the first that is. */
export function selfOf(judged: Judged[], ownerId: string): Judged | undefined {
  const live = judged.filter(({ connection }) => connection.state === "live");
  const good = live.filter(({ connection }) => !connection.unjudged);
  const ofOwner = (all: Judged[]) => all.find(({ connection }) => connection.ownerId === ownerId) ?? all[0];
  return ofOwner(good) ?? ofOwner(live);
}

/** What the user of a connection with current roles may do as a desk admin. */
function rightsOf(desk: Desk, connection: SessionConnection): Pick<ActiveSession, "admin" | "oversees"> {
  const admin = isAdminUser(desk, connection);
  return { admin, oversees: admin };
}

/** Desk admins are named by `TOKENDESK_ADMINS`; on a desk of one's own machine a portal's super user is one too. */
function isAdminUser({ env }: Desk, connection: SessionConnection): boolean {
  const isNamed = env.admins.some((rule) => isMeant(rule, connection));
  return isNamed || (env.loopback && isSuperUser(connection.roles));
}
