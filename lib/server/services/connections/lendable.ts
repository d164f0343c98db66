import "server-only";
import { ownerById } from "../../store/owners";
import { liveConnectionsOfOwner } from "../../store/sessions";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import { reasonAgainst } from "../sessions/allowed";
import { sessionTime } from "../sessions/end-overdue";
import { isOverUnrecorded } from "./end";
import { toSessionConnection } from "./from-row";

/**
 * The connections of a portal user whose credentials work that nobody waits for may use: live, in sessions that are good
 * now, and let in by the present configuration; the latest proved first.
 */
export async function lendableConnections(desk: Desk, ownerId: string): Promise<SessionConnection[]> {
  const owner = await ownerById(desk.db, ownerId);
  if (!owner) return [];
  const rows = await liveConnectionsOfOwner(desk.db, owner.id, sessionTime(desk));
  return rows
    .map((row) => toSessionConnection(row, owner))
    .filter(
      (connection) =>
        !isOverUnrecorded(desk, connection) && reasonAgainst(desk.env, connection) === undefined,
    );
}
