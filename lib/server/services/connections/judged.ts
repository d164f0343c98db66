import "server-only";
import { isAhead, minutes } from "../../clock";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";

/*
 * When the portal last accepted a connection's own credential. Lists are shared, and records are the desk's: what is
 * given out of them is given on this, and never on the proof of somebody else who looks at the same tokens.
 */

/** What only the desk decides wants a credential that was judged so lately; rights want it of the portal itself. */
export const judgedLatelyMs = minutes(1);
/** Where the portal cannot be asked, what it said so long ago still counts. */
const judgedBeforeMs = minutes(15);

/** The portal has accepted this connection's credential just now. In memory: a restart forgets it, which is safe. */
export function noteJudged({ judged, clock }: Desk, { id }: Pick<SessionConnection, "id">): void {
  judged.set(id, clock.now());
}

/** Whether the portal accepted the connection's own credential so lately. */
export function isJudgedWithin(
  { judged, clock }: Desk,
  { id, provedAt, rolesAt }: Pick<SessionConnection, "id" | "provedAt" | "rolesAt">,
  ms: number,
): boolean {
  const now = clock.now();
  // A time still to come was noted by a clock that has been set back since.
  return [provedAt, rolesAt, judged.get(id) ?? 0].some((at) => !isAhead(at, now) && now - at < ms);
}

/**
 * Whether what is known is still shown on a connection that the portal could not be asked about just now: for a quarter of
 * an hour, and for as long as there is no portal where a password was proved.
 */
export const mayBeLate = (desk: Desk, connection: SessionConnection, outage: boolean): boolean =>
  (outage && connection.provedBy === "password") || isJudgedWithin(desk, connection, judgedBeforeMs);

/** Whether a sealed value is given on it while there is no portal: a token opens no other token. */
export const mayOpenSealed = (desk: Desk, connection: SessionConnection): boolean =>
  connection.provedBy === "password" && isJudgedWithin(desk, connection, judgedBeforeMs);

/** Whether the portal said so lately what the connection's user may do. */
export const areRolesCurrent = (desk: Desk, { rolesAt }: Pick<SessionConnection, "rolesAt">): boolean =>
  isWithin(desk, rolesAt, judgedLatelyMs);

/** Whether the portal said at all lately who the connection's user is. */
export const wereRolesJudged = (desk: Desk, { rolesAt }: Pick<SessionConnection, "rolesAt">): boolean =>
  isWithin(desk, rolesAt, judgedBeforeMs);

/** Whether what the portal said at this time still counts where it cannot be asked, for what it will judge itself. */
export const wasSaidLately = (desk: Desk, at: number): boolean => isWithin(desk, at, judgedBeforeMs);

/** A time still to come was noted by a clock that has been set back since. */
const isWithin = ({ clock }: Desk, at: number, ms: number): boolean =>
  at <= clock.now() && clock.now() - at < ms;
