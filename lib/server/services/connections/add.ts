import "server-only";
import { newId } from "../../crypto";
import type { ConnectionTable, Db, OwnerTable } from "../../store/schema";
import { insertConnection } from "../../store/sessions";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import { ownerName } from "../owners/resolve";
import type { Proof } from "../sessions/prove";
import { sealCredential } from "./credential";

/** Adds a connection for a credential that was proved just now, sealed. */
export async function addConnection(
  desk: Desk,
  tx: Db,
  sessionId: string,
  owner: OwnerTable,
  proof: Proof,
): Promise<SessionConnection> {
  const now = desk.clock.now();
  const id = newId("con");
  const row: ConnectionTable = {
    id,
    session_id: sessionId,
    portal: proof.portal,
    owner_id: owner.id,
    roles: JSON.stringify(proof.user?.roles ?? []),
    roles_at: now,
    proved_by: proof.provedBy,
    proved_at: now,
    state: "live",
    sealed_credential: sealCredential(desk, { id, sessionId }, proof.credential),
    created_at: now,
    ended_at: null,
  };
  await insertConnection(tx, row);
  return toSessionConnection(row, owner);
}

/** A connection's row with its owner's names. */
export function toSessionConnection(row: ConnectionTable, owner: OwnerTable | undefined): SessionConnection {
  return {
    id: row.id,
    sessionId: row.session_id,
    portal: row.portal,
    ownerId: owner?.id ?? row.owner_id,
    userId: owner?.user_id ?? undefined,
    userName: ownerName(owner ?? { user_name: null }),
    fullName: owner?.full_name ?? undefined,
    roles: JSON.parse(row.roles),
    rolesAt: row.roles_at,
    provedBy: row.proved_by,
    provedAt: row.proved_at,
    state: row.state,
    sealedCredential: row.sealed_credential ?? undefined,
  };
}
