import "server-only";
import type { ConnectionTable, OwnerTable } from "../../store/schema";
import type { SessionConnection } from "../context";
import { ownerName } from "../owners/resolve";

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
    accounts: row.accounts === null ? undefined : JSON.parse(row.accounts),
    provedBy: row.proved_by,
    provedAt: row.proved_at,
    state: row.state,
    sealedCredential: row.sealed_credential ?? undefined,
  };
}
