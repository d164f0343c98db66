import "server-only";
import { fingerprint, seal, UnsealError, unseal } from "../../crypto";
import { DeskError, unlessFull } from "../../errors";
import { PortalError } from "../../portal/error";
import { connectionById, forgetTokensOf, noteTokenOf, updateConnection } from "../../store/sessions";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import type { Proof } from "../sessions/prove";
import { endConnection, endingMadeWith, endMadeWith, isOverUnrecorded } from "./end";
import { noteJudged } from "./judged";
import { recordRoles } from "./roles";

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
 * Makes a portal call with a connection's own credential, which the portal's answer judges. Its 401 ends the connection
 * and erases the credential; so does one that cannot be opened any more. Where the credential is an API token, the
 * token is dead, and every other connection that was made with it ends too.
 * @throws PortalError as the portal client does; DeskError `connection_ended` where there is no credential left.
 */
export async function callAs<T>(
  desk: Desk,
  connection: Caller,
  call: (credential: string) => Promise<T>,
): Promise<T> {
  const answer = await lendCredential(desk, connection, call);
  noteJudged(desk, connection);
  return answer;
}

/** As `callAs`, where the answer may be one that another credential was given: it judges nothing. */
export async function lendCredential<T>(
  desk: Desk,
  connection: Caller,
  call: (credential: string) => Promise<T>,
): Promise<T> {
  const credential = await openCredential(desk, connection);
  try {
    return await call(credential);
  } catch (error) {
    if (error instanceof PortalError && error.kind === "unauthorized") {
      await endConnection(desk, connection, "portal_401");
      const token = fingerprint(desk.keys, connection.portal, credential);
      const ending = desk.db.transaction().execute((tx) => endMadeWith(desk, tx, [token]));
      await unlessFull(endingMadeWith(desk, [token], ending));
    }
    throw error;
  }
}

/** Whether it is the token with this id that a connection asks the portal by. */
export function isCredentialOf({ keys }: Desk, connection: Caller, tokenId: string): boolean {
  const { portal, sealedCredential: sealed } = connection;
  if (!sealed) return false;
  try {
    return fingerprint(keys, portal, unseal(keys.sealing, keys.id, place(connection), sealed)) === tokenId;
  } catch (error) {
    if (error instanceof UnsealError) return false;
    throw error;
  }
}

async function openCredential(desk: Desk, connection: Caller): Promise<string> {
  const ended = new DeskError("connection_ended", { connectionId: connection.id });
  if (!connection.sealedCredential || isOverUnrecorded(desk, connection)) throw ended;
  try {
    return unseal(desk.keys.sealing, desk.keys.id, place(connection), connection.sealedCredential);
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    await endConnection(desk, connection, "unreadable");
    throw ended;
  }
}

/** What a proof says of its user's roles, and when: nothing, of old, where the portal did not tell. */
export const rolesOf = ({ user, startedAt }: Proof): Pick<SessionConnection, "roles" | "rolesAt"> => ({
  roles: user?.roles ?? [],
  rolesAt: user ? startedAt : 0,
});

/**
 * Replaces a connection's credential by one that was proved just now, and its roles by what was told with it.
 * @returns the connection as it is then. @throws DeskError `connection_ended` where it was given up meanwhile.
 */
export async function renewCredential(
  desk: Desk,
  tx: Desk["db"],
  connection: SessionConnection,
  proof: Proof,
): Promise<SessionConnection> {
  const now = desk.clock.now();
  const { roles, rolesAt } = rolesOf(proof);
  const sealedCredential = sealCredential(desk, connection, proof.credential);
  const before = await connectionById(tx, connection.id);
  if (!before) throw new DeskError("connection_ended", { connectionId: connection.id });
  await updateConnection(tx, connection.id, {
    state: "live",
    ended_at: null,
    roles: JSON.stringify(roles),
    roles_at: rolesAt,
    sealed_credential: sealedCredential,
    proved_by: proof.provedBy,
    proved_at: now,
    ...(proof.accounts ? { accounts: JSON.stringify(proof.accounts) } : {}),
  });
  await noteProof(tx, connection.id, proof);
  if (proof.user && before.state === "live")
    await recordRoles(desk, tx, { ...connection, roles: JSON.parse(before.roles) }, roles);
  const { provedBy } = proof;
  return { ...connection, state: "live", roles, rolesAt, sealedCredential, provedBy, provedAt: now };
}

/**
 * Notes what a connection rests on: each token that it was made or proved with, whatever was proved with another since,
 * or no token, once a password was proved.
 */
export async function noteProof(tx: Desk["db"], id: string, proof: Pick<Proof, "madeWith">): Promise<void> {
  if (proof.madeWith.length === 0) await forgetTokensOf(tx, id);
  for (const token of proof.madeWith) await noteTokenOf(tx, id, token);
}
