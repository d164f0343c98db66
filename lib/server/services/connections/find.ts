import "server-only";
import { DeskError } from "../../errors";
import { type Refused, refuse } from "../audit/refuse";
import type { SessionConnection, SessionContext } from "../context";
import { steppedUpUntil } from "../sessions/describe";

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
 * One of the caller's own connections that is still good.
 * @throws DeskError `not_found`, or `connection_ended`.
 */
export function findLiveConnection(ctx: SessionContext, id: string): SessionConnection {
  const connection = findConnection(ctx, id);
  if (connection.state !== "live") throw new DeskError("connection_ended", { connectionId: id });
  return connection;
}

/** The caller's live connections. */
export const liveConnections = ({ session }: SessionContext): SessionConnection[] =>
  session.connections.filter(({ state }) => state === "live");

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
