import "server-only";
import { isStoreFull, unlessFull } from "../../errors";
import { nextTurn } from "../../slices";
import { ownerById } from "../../store/owners";
import type { Db } from "../../store/schema";
import {
  closeConnection,
  connectionsMadeWith,
  connectionsOfSession,
  deleteConnection,
  endSession,
  lockSession,
} from "../../store/sessions";
import { type AuditEvent, record, theDesk } from "../audit/record";
import { deskOrigin, type Origin, type SessionConnection } from "../context";
import type { Desk } from "../desk";
import { toSessionConnection } from "./from-row";

type Ending = Pick<
  SessionConnection,
  "id" | "portal" | "ownerId" | "sessionId" | "userName" | "sealedCredential"
>;

type Credential = Pick<Ending, "id" | "sealedCredential">;

/** Why a connection ends: its person gave it up, the portal or its token's end took it, or it is not allowed any more. */
export type EndReason =
  | "disconnected"
  | "portal_401"
  | "portal_disabled"
  | "portal_other_user"
  | "unreadable"
  | "token_ended"
  | "token_unknown"
  | "not_allowed_here"
  | "token_sign_in_off"
  | "portal_removed";

/** What the portal or the credential itself shows; everything else is the desk's own doing. */
const ofTheUser: EndReason[] = ["portal_401", "portal_disabled", "portal_other_user", "unreadable"];

/** Whoever gave a connection up. */
type By = { actor: AuditEvent["actor"]; from: Origin };

/** A connection's end that is to be written down. */
export type UnrecordedEnd = { connection: Ending; reason: EndReason; by?: By };

/** How a connection with this credential has ended, where the store did not take that yet. */
export const unrecordedEnd = ({ ended }: Desk, connection: Credential): UnrecordedEnd | undefined =>
  ended.get(credentialOf(connection));

/** Whether a connection, or its session, has ended though the store has not taken that yet. */
export const isOverUnrecorded = (desk: Desk, connection: Credential & Pick<Ending, "sessionId">): boolean =>
  desk.over.has(connection.sessionId) || unrecordedEnd(desk, connection) !== undefined;

const credentialOf = ({ id, sealedCredential }: Credential) => `${id} ${sealedCredential}`;

/**
 * Ends a connection and erases its credential; with the last live one the session ends too. Once only: a
 * connection that has ended already is left alone, and so is one that was proved anew meanwhile.
 * It has ended even where the store takes no writes: the caller gives nothing on it, and so does whoever meets it next.
 * @param by whoever gave it up.
 */
export async function endConnection(
  desk: Desk,
  connection: Ending,
  reason: EndReason,
  by?: By,
): Promise<void> {
  const ending = desk.db.transaction().execute((tx) => endWithin(desk, tx, connection, reason, by));
  if (await unlessFull(ending)) desk.ended.delete(credentialOf(connection));
  else remember(desk, connection, reason, by);
}

function remember({ ended }: Desk, connection: Ending, reason: EndReason, by?: By): void {
  const { id, portal, ownerId, sessionId, userName, sealedCredential } = connection;
  const kept = { id, portal, ownerId, sessionId, userName, sealedCredential };
  // What was learned first says why.
  if (!ended.has(credentialOf(kept))) ended.set(credentialOf(kept), { connection: kept, reason, by });
}

/** Writes down which connections ended while the store took no writes, as far as there is room now. */
export async function writeUnrecordedEnds(desk: Desk): Promise<void> {
  for (const [key, { connection, reason, by }] of [...desk.ended.entries()]) {
    await nextTurn();
    await endConnection(desk, connection, reason, by);
    if (desk.ended.has(key)) return;
  }
}

/**
 * Awaits what ends the connections made with these tokens. Where the store takes no writes they have ended all the same.
 * @throws DeskError `store_full` then, too
 */
export async function endingMadeWith<T>(desk: Desk, tokenIds: string[], task: Promise<T>): Promise<T> {
  try {
    return await task;
  } catch (error) {
    if (isStoreFull(error))
      for (const row of await connectionsMadeWith(desk.db, tokenIds))
        remember(desk, toSessionConnection(row, await ownerById(desk.db, row.owner_id)), "token_ended");
    throw error;
  }
}

/**
 * Ends every connection that was made or proved with any of these tokens, in the transaction in which the tokens end:
 * nobody acts here by a token that is dead, whoever opened the session (next.md, promise 3).
 */
export async function endMadeWith(desk: Desk, tx: Db, tokenIds: string[]): Promise<void> {
  const before = await connectionsMadeWith(tx, tokenIds);
  if (before.length === 0) return;
  // All sessions first, in one order; what was proved anew by a password meanwhile does not rest on them any more.
  for (const sessionId of new Set(before.map(({ session_id }) => session_id)))
    await lockSession(tx, sessionId);
  for (const row of await connectionsMadeWith(tx, tokenIds))
    await endWithin(desk, tx, toSessionConnection(row, await ownerById(tx, row.owner_id)), "token_ended");
}

async function endWithin(desk: Desk, tx: Db, connection: Ending, reason: EndReason, by?: By): Promise<void> {
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
  else await closeConnection(tx, connection.id, now);
  desk.judged.delete(connection.id);
  const others = all.filter(({ id, state }) => id !== connection.id && state === "live");
  if (others.length === 0) await endSession(tx, connection.sessionId, now, reason);
  const { ownerId, portal, userName } = connection;
  const target = { ownerId, portal, userName };
  await record(
    tx,
    { desk, from: by?.from ?? deskOrigin() },
    {
      action: "connection.end",
      result: "ok",
      actor: by?.actor ?? (ofTheUser.includes(reason) ? target : theDesk),
      target,
      detail: { reason },
    },
  );
}
