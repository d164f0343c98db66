import "server-only";
import type { Connection, Session } from "@/lib/contracts/sessions";
import { instantOf, isAhead, minutes } from "../../clock";
import type { ActiveSession, SessionConnection, SessionContext } from "../context";
import type { Desk } from "../desk";
import { isLead } from "../roles";

/** The caller's session as the browser may know it: no id, no credential. */
export function describeSession({ desk, session }: SessionContext): Session {
  return {
    user: session.user,
    admin: session.admin,
    connections: session.connections.map((c) => describeConnection(desk, c)),
    ...describeEnds(desk, session),
  };
}

/** When a session ends by itself: unless it is used before, and in any case. */
export const describeEnds = (
  { env }: Desk,
  { lastActiveAt, expiresAt }: Pick<ActiveSession, "lastActiveAt" | "expiresAt">,
): Pick<Session, "idleExpiresAt" | "expiresAt"> => ({
  idleExpiresAt: instantOf(Math.min(lastActiveAt + minutes(env.sessionIdleMinutes), expiresAt)),
  expiresAt: instantOf(expiresAt),
});

/** A connection as the browser may know it. */
export function describeConnection(desk: Desk, connection: SessionConnection): Connection {
  const until = steppedUpUntil(desk, connection);
  return {
    id: connection.id,
    portal: connection.portal,
    userId: connection.userId,
    userName: connection.userName,
    fullName: connection.fullName,
    roles: connection.roles,
    lead: isLead(connection.roles),
    state: connection.state,
    provedBy: connection.provedBy,
    steppedUpUntil: until > desk.clock.now() ? instantOf(until) : undefined,
  };
}

/** Until when the credential counts as proved lately, in milliseconds; 0 where it does not. */
export const steppedUpUntil = ({ env, clock }: Desk, { state, provedAt }: SessionConnection): number =>
  state === "live" && !isAhead(provedAt, clock.now()) ? provedAt + minutes(env.stepUpMinutes) : 0;
