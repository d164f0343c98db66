import "server-only";
import { minutes, seconds } from "../../clock";
import { countOperationEnd } from "../../metrics/count";
import { endOperation, statesOf, updateOperation } from "../../store/operations";
import type { Db, OperationItemTable, OperationState, OperationTable } from "../../store/schema";
import type { DeskContext } from "../context";
import type { Desk } from "../desk";

/** An operation's state from its items': what is still open first, then the worst. */
export function stateOf(items: Pick<OperationItemTable, "state">[]): OperationState {
  const order: OperationState[] = ["pending", "sending", "checking", "failed", "recovered", "done"];
  return order.find((state) => items.some((item) => item.state === state)) ?? "done";
}

/** Whether something is still to come of it. */
export const isOpen = (state: OperationState): boolean => ["pending", "sending", "checking"].includes(state);

/** Brings an operation's state in line with its items. What a mint began from is of no use once it is over. */
export async function refreshOperation(tx: Db, id: string, now: number): Promise<OperationState> {
  const state = stateOf(await statesOf(tx, id));
  const change = { state, updated_at: now };
  const ended = isOpen(state) ? undefined : await endOperation(tx, id, change);
  if (ended) countOperationEnd(ended.kind, state);
  else await updateOperation(tx, id, change);
  return state;
}

/** The request that an operation came from, for the audit entries of what comes of it later. */
export const contextOf = (desk: Desk, operation: OperationTable): DeskContext => ({
  desk,
  from: { requestId: operation.request_id, ip: operation.ip, userAgent: "" },
});

/** Who asked for an operation, as the audit trail names them. */
export const actorOf = (operation: OperationTable) => ({
  ownerId: operation.actor_owner_id,
  portal: operation.actor_portal,
  userName: operation.actor_name,
  role: operation.actor_role === "lead" ? "lead" : undefined,
});

const waits = [1, 2, 5, 10, 20, 30].map(seconds);

/** How long after its n-th try (from 1) a revocation is tried again, in milliseconds. */
export const revokeDelayMs = (attempts: number): number =>
  waits[attempts - 1] ?? (attempts <= 16 ? seconds(60) : seconds(300));

/** Whether a revocation that was asked for then, and is not proven yet, is one that somebody should look at. */
export const isOverdue = (askedAt: number, now: number): boolean => now - askedAt >= minutes(15);
