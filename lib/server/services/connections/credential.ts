import "server-only";
import { seal, UnsealError, unseal } from "../../crypto";
import { DeskError } from "../../errors";
import { PortalError } from "../../portal/error";
import { updateConnection } from "../../store/sessions";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import type { Proof } from "../sessions/prove";
import { endConnection } from "./end";

/*
 * The one place where a connection's portal credential is opened. It goes into a call of the portal client and
 * nowhere else: no caller of `callAs` may return or keep what it is given.
 */

type Place = Pick<SessionConnection, "id" | "sessionId">;

// The session too: whoever can write to the store must not put somebody's connection into a session of their own.
const place = ({ id, sessionId }: Place) => `connections\n${id}\n${sessionId}\ncredential`;

/** Seals a credential for a connection's row. */
export const sealCredential = (desk: Desk, connection: Place, credential: string): string =>
  seal(desk.keys.sealing, desk.keys.id, place(connection), credential);

type Caller = Pick<
  SessionConnection,
  "id" | "portal" | "ownerId" | "sessionId" | "userName" | "sealedCredential"
>;

/**
 * Makes a portal call with a connection's own credential. The portal's 401 ends the connection and erases the
 * credential; so does one that cannot be opened any more.
 * @throws PortalError as the portal client does; DeskError `connection_ended` where there is no credential left.
 */
export async function callAs<T>(
  desk: Desk,
  connection: Caller,
  call: (credential: string) => Promise<T>,
): Promise<T> {
  const credential = await openCredential(desk, connection);
  try {
    return await call(credential);
  } catch (error) {
    if (error instanceof PortalError && error.kind === "unauthorized")
      await endConnection(desk, connection, "portal_401");
    throw error;
  }
}

async function openCredential(desk: Desk, connection: Caller): Promise<string> {
  const ended = new DeskError("connection_ended", { connectionId: connection.id });
  if (!connection.sealedCredential) throw ended;
  try {
    return unseal(desk.keys.sealing, desk.keys.id, place(connection), connection.sealedCredential);
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    await endConnection(desk, connection, "unreadable");
    throw ended;
  }
}

/** Replaces a connection's credential by one that was proved just now. */
export const renewCredential = (
  desk: Desk,
  tx: Desk["db"],
  connection: Place,
  { credential, provedBy }: Pick<Proof, "credential" | "provedBy">,
) =>
  updateConnection(tx, connection.id, {
    state: "live",
    ended_at: null,
    sealed_credential: sealCredential(desk, connection, credential),
    proved_by: provedBy,
    proved_at: desk.clock.now(),
  });
