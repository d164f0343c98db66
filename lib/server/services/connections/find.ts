import "server-only";
import { DeskError } from "../../errors";
import type { Db } from "../../store/schema";
import { connectionById, lockSession } from "../../store/sessions";
import { type Refused, refuse } from "../audit/refuse";
import type { SessionConnection, SessionContext } from "../context";
import type { Desk } from "../desk";
import { steppedUpUntil } from "../sessions/describe";
import { isOverUnrecorded } from "./end";

/**
 * One of the caller's own connections.
 * @throws DeskError `not_found` for any other.
 */
export function findConnection({ session }: SessionContext, id: string): SessionConnection {
  const connection = session.connections.find((candidate) => candidate.id === id);
  if (!connection) throw new DeskError("not_found");
  return connection;
}

/**
 * One of the caller's own connections that is still good, for what the portal itself then judges.
 * @throws DeskError `not_found`, or `connection_ended`.
 */
export function findLiveConnection(ctx: SessionContext, id: string): SessionConnection {
  const connection = findConnection(ctx, id);
  if (connection.state !== "live") throw new DeskError("connection_ended", { connectionId: id });
  return connection;
}

/** The caller's connections that something may be given on now. */
export const liveConnections = ({ session }: SessionContext): SessionConnection[] =>
  session.connections.filter(({ state, unjudged }) => state === "live" && !unjudged);

/**
 * Wants a connection that the portal has judged lately enough: what only the desk decides is given on no other.
 * @throws DeskError the portal's trouble.
 */
export function requireJudged(ctx: SessionContext): void {
  const [trouble] = ctx.session.connections.flatMap(({ unjudged }) => unjudged ?? []);
  if (trouble && liveConnections(ctx).length === 0) throw trouble;
}

/**
 * The caller's connection as the user whose session it is.
 * @throws DeskError `session_ended` where there is none.
 */
export function selfConnection({ session }: SessionContext): SessionConnection {
  const self = session.connections.find(
    ({ ownerId, state }) => ownerId === session.ownerId && state === "live",
  );
  if (!self) throw new DeskError("session_ended");
  return self;
}

/** The caller's connection as this owner, a live one first. */
export const connectionOfOwner = (
  { session }: SessionContext,
  ownerId: string,
): SessionConnection | undefined => {
  const own = session.connections.filter((connection) => connection.ownerId === ownerId);
  return own.find(({ state }) => state === "live") ?? own.at(-1);
};

/**
 * Wants the connection's credential proved lately (ASVS 7.5.3).
 * @param asked what it is wanted for; a refusal is on record.
 * @throws DeskError `step_up_required` naming the connection.
 */
export async function requireStepUp(
  ctx: SessionContext,
  connection: SessionConnection,
  asked: Refused,
): Promise<void> {
  if (steppedUpUntil(ctx.desk, connection) <= ctx.desk.clock.now())
    await refuse(ctx, asked, new DeskError("step_up_required", { connectionId: connection.id }));
}

/**
 * Wants a connection still good, inside the transaction that does what is asked on it: between the beginning of a request
 * and its end a token may have been revoked, or a session ended. After the owners' rows, before the trail.
 * @throws DeskError `session_ended`, `connection_ended`
 */
export async function requireLiveConnection(
  desk: Desk,
  tx: Db,
  { id, sessionId }: Pick<SessionConnection, "id" | "sessionId">,
): Promise<void> {
  const session = await lockSession(tx, sessionId);
  const current = await connectionById(tx, id);
  if (session?.ended_at !== null) throw new DeskError("session_ended");
  const sealedCredential = current?.sealed_credential ?? undefined;
  if (current?.state !== "live" || isOverUnrecorded(desk, { id, sessionId, sealedCredential }))
    throw new DeskError("connection_ended", { connectionId: id });
}
