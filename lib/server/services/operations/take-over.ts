import "server-only";
import type { OperationItemTable } from "../../store/schema";
import type { Desk } from "../desk";
import { refuseRevocation } from "./end-revoke";
import type { RevokeItem } from "./revoke-item";
import { actingConnections, loadOpen, revokeLease } from "./run-revoke";

type ItemKey = Pick<OperationItemTable, "operation_id" | "position" | "owner_id">;

/**
 * Ends a revocation that waits for a lead who is gone, and of which the portal has accepted nothing: whoever may revoke
 * the token now, its owner above all, must not have to wait for somebody else's sign-in. An owner's goes on by itself.
 * @returns the value that it had, if it can be read; undefined where the revocation is not to be ended.
 */
export async function takeOver(desk: Desk, key: ItemKey): Promise<{ value: string | undefined } | undefined> {
  // Looked at before too: the lease may be a long wait for what is not to be ended.
  if (!(await findLeft(desk, key))) return undefined;
  return desk.leases.run(revokeLease(key), async () => {
    const left = await findLeft(desk, key);
    if (!left) return undefined;
    await refuseRevocation(desk, left, "connection_ended");
    return { value: left.value };
  });
}

async function findLeft(desk: Desk, key: ItemKey): Promise<RevokeItem | undefined> {
  const open = await loadOpen(desk, key);
  if (!open || open.item.accepted_at !== null || open.operation.actor_role === "owner") return undefined;
  return (await actingConnections(desk, open.item)).length === 0 ? open : undefined;
}
