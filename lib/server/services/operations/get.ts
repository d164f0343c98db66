import "server-only";
import type { Operation } from "@/lib/contracts/tokens";
import { itemsOf } from "../../store/operations";
import { ownerById } from "../../store/owners";
import type { OperationItemTable, OperationTable } from "../../store/schema";
import { lendableConnections } from "../connections/lendable";
import type { SessionContext } from "../context";
import { ownerName } from "../owners/resolve";
import { optionalInstant, retryAfterOf } from "../tokens/describe";
import { findOperation } from "./find";
import { isOpen, isOverdue, stateOf } from "./state";

/** How far an operation of the caller's is. @throws DeskError `not_found` */
export async function getOperation(ctx: SessionContext, { id }: { id: string }): Promise<Operation> {
  const operation = await findOperation(ctx, id);
  const items = await itemsOf(ctx.desk.db, id);
  const over = items.filter(({ state }) => state === "done" || state === "recovered");
  const now = ctx.desk.clock.now();
  const isLate = operation.kind === "revoke" && isOverdue(operation.created_at, now);
  return {
    kind: operation.kind,
    state: stateOf(items),
    done: over.length,
    total: items.length,
    waitingFor: await waitingFor(ctx, operation, items),
    items: items.map((item) => ({
      tokenId: item.token_id ?? undefined,
      label: item.label ?? undefined,
      state: item.state,
      error: item.error ?? undefined,
      acceptedAt: isOpen(item.state) ? optionalInstant(item.accepted_at) : undefined,
      retryAfter: retryAfterOf(item, now),
      overdue: (isLate && isOpen(item.state)) || undefined,
    })),
  };
}

/**
 * The portal user whose sign-in an operation waits for: only the owner's credential can settle a mint, and only that
 * of whoever acts can go on with a revocation, or prove one.
 */
async function waitingFor(
  { desk }: SessionContext,
  operation: OperationTable,
  items: OperationItemTable[],
): Promise<string | undefined> {
  const item = items.find(
    ({ state, error, accepted_at }) =>
      state === "checking" &&
      (operation.kind === "mint" || error === "connection_ended" || accepted_at !== null),
  );
  const owner = item && (await ownerById(desk.db, item.acting_owner_id ?? item.owner_id));
  if (!owner) return undefined;
  return (await lendableConnections(desk, owner.id)).length > 0 ? undefined : ownerName(owner);
}
