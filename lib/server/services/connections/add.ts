import "server-only";
import { newId } from "../../crypto";
import type { ConnectionTable, Db, OwnerTable } from "../../store/schema";
import { insertConnection } from "../../store/sessions";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import type { Proof } from "../sessions/prove";
import { noteProof, rolesOf, sealCredential } from "./credential";
import { toSessionConnection } from "./from-row";

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
  const { roles, rolesAt } = rolesOf(proof);
  const row: ConnectionTable = {
    id,
    session_id: sessionId,
    portal: proof.portal,
    owner_id: owner.id,
    roles: JSON.stringify(roles),
    roles_at: rolesAt,
    accounts: proof.accounts ? JSON.stringify(proof.accounts) : null,
    proved_by: proof.provedBy,
    proved_at: now,
    state: "live",
    sealed_credential: sealCredential(desk, { id, sessionId }, proof.credential),
    created_at: now,
    ended_at: null,
  };
  await insertConnection(tx, row);
  await noteProof(tx, id, proof);
  return toSessionConnection(row, owner);
}
