import "server-only";
import {
  connectionsOfSession,
  deleteConnection,
  endSession,
  lockSession,
  updateConnection,
} from "../../store/sessions";
import { personOf, record } from "../audit/record";
import { deskOrigin, type SessionConnection, type SessionContext } from "../context";
import type { Desk } from "../desk";

type Ending = Pick<
  SessionConnection,
  "id" | "portal" | "ownerId" | "sessionId" | "userName" | "sealedCredential"
>;

/**
 * Ends a connection and erases its credential; with the last live one the session ends too. Once only: a
 * connection that has ended already is left alone.
 * @param by whoever gave it up.
 */
export async function endConnection(
  desk: Desk,
  connection: Ending,
  reason: "portal_401" | "unreadable" | "disconnected",
  by?: SessionContext,
): Promise<void> {
  await desk.db.transaction().execute(async (tx) => {
    await lockSession(tx, connection.sessionId);
    const all = await connectionsOfSession(tx, connection.sessionId);
    const current = all.find(({ id }) => id === connection.id);
    if (!current) return;
    // It may have been proved again while the call with the old credential was under way.
    const isRenewed = current.sealed_credential !== connection.sealedCredential;
    if (reason !== "disconnected" && (current.state === "ended" || isRenewed)) return;
    const now = desk.clock.now();
    // A connection that the portal ended stays in sight, to be signed in again; one that its person gave up does not.
    if (reason === "disconnected") await deleteConnection(tx, connection.id);
    else
      await updateConnection(tx, connection.id, { state: "ended", sealed_credential: null, ended_at: now });
    const others = all.filter(({ id, state }) => id !== connection.id && state === "live");
    if (others.length === 0) await endSession(tx, connection.sessionId, now, reason);
    const { ownerId, portal, userName } = connection;
    const target = { ownerId, portal, userName };
    await record(tx, by ?? { desk, from: deskOrigin() }, {
      action: "connection.end",
      result: "ok",
      actor: by ? personOf(by) : target,
      target,
      detail: { reason },
    });
  });
}
