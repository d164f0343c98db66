import "server-only";
import { loggedError } from "../../errors";
import { nextTurn } from "../../slices";
import { liveConnectionsOfSessions } from "../../store/sessions";
import type { Desk } from "../desk";
import { portalsOfOrigin } from "../portals/of-origin";
import { reasonAgainst } from "../sessions/allowed";
import { goodSessions } from "../sessions/end-overdue";
import { ownersOf } from "../sessions/load";
import { endConnection } from "./end";
import { toSessionConnection } from "./from-row";

/**
 * After a start: ends the connections that the configuration does not let in any more, before anything is done in their
 * name; and those of a token of which the desk does not know which it was, by each name of its portal, for they would
 * outlive it.
 */
export async function endUnfitConnections(desk: Desk): Promise<void> {
  const sessions = await goodSessions(desk);
  const live = await liveConnectionsOfSessions(desk.db, sessions);
  const owners = await ownersOf(
    desk,
    live.map(({ owner_id }) => owner_id),
  );
  for (const { tokens, ...row } of live) {
    await nextTurn();
    const connection = toSessionConnection(row, owners.get(row.owner_id));
    const names = portalsOfOrigin(desk.env, row.portal).length;
    const isUnknown = connection.provedBy === "token" && (tokens ?? 0) < names;
    const reason = reasonAgainst(desk.env, connection) ?? (isUnknown ? "token_unknown" : undefined);
    if (!reason) continue;
    // Each by itself; one that could not be ended is lent to nothing, and ends at its next request.
    await endConnection(desk, connection, reason).catch((error: unknown) =>
      desk.log.error({ connection: row.id, ...loggedError(error) }, "a connection could not be ended"),
    );
  }
}
