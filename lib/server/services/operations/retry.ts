import "server-only";
import type { Operation } from "@/lib/contracts/tokens";
import { DeskError } from "../../errors";
import { hurryItems, itemsOf, updateItem } from "../../store/operations";
import { withMerged } from "../../store/owners";
import type { OperationItemTable, OperationTable } from "../../store/schema";
import { personOf, record } from "../audit/record";
import { requireLiveConnection } from "../connections/find";
import type { SessionContext } from "../context";
import { findToken } from "../tokens/find";
import { targetOf } from "../tokens/revoke";
import { isConfined, type Target, urgencyOf } from "./begin-revoke";
import { claimTokens } from "./claim";
import { findOperation } from "./find";
import { getOperation } from "./get";
import { refreshOperation } from "./state";
import { sealForRevocation } from "./values";

/**
 * Takes up the failed items of a revocation again, and hurries those that wait. An item that still cannot be revoked
 * stays failed, and says why now. A mint is not repeated this way: a new one with a key of its own says what is wanted.
 * @throws DeskError `not_found`, `wrong_state` for a mint that is over, `audit_unavailable`.
 */
export async function retryOperation(ctx: SessionContext, { id }: { id: string }): Promise<Operation> {
  const { desk } = ctx;
  const operation = await findOperation(ctx, id);
  const items = await itemsOf(desk.db, id);
  const now = desk.clock.now();
  await hurryItems(desk.db, id, now);
  const failed = items.filter(({ state }) => state === "failed");
  if (operation.kind === "mint") {
    if (failed.length > 0) throw new DeskError("wrong_state", { detail: "Mint what is missing anew." });
    return getOperation(ctx, { id });
  }
  for (const item of failed) await retryItem(ctx, operation, item);
  return getOperation(ctx, { id });
}

async function retryItem(
  ctx: SessionContext,
  operation: OperationTable,
  item: OperationItemTable,
): Promise<void> {
  const { desk } = ctx;
  try {
    const found = await findToken(ctx, item.token_id ?? "");
    await beginAgain(ctx, operation, item, await targetOf(ctx, found), found.role);
  } catch (error) {
    if (!(error instanceof DeskError) || error.code === "audit_unavailable") throw error;
    await updateItem(desk.db, item, { error: error.code });
  }
}

async function beginAgain(
  ctx: SessionContext,
  operation: OperationTable,
  item: OperationItemTable,
  target: Target,
  role: "owner" | "lead",
): Promise<void> {
  const { desk } = ctx;
  const { connection, tokenId } = target;
  const now = desk.clock.now();
  await desk.db.transaction().execute(async (tx) => {
    const actors = await withMerged(tx, [ctx.session.ownerId]);
    const urgency = urgencyOf(target, JSON.parse(operation.request).reason);
    const claim = (await claimTokens(tx, [tokenId], actors, urgency, now)).get(tokenId);
    if (!claim?.free) throw new DeskError("wrong_state");
    await updateItem(tx, item, {
      state: "pending",
      error: null,
      attempts: 0,
      next_try_at: now,
      accepted_at: null,
      unlisted_at: null,
      dead_at: null,
      connection_id: connection.id,
      acting_owner_id: connection.ownerId,
      owner_id: target.ownerId,
      confined: isConfined(desk, connection),
      urgency,
      previous_status: claim.previous,
      sealed_value: sealForRevocation(desk, item, target.value),
    });
    await refreshOperation(tx, item.operation_id, now);
    await requireLiveConnection(tx, connection);
    await record(tx, ctx, {
      action: "token.revoke",
      result: "intent",
      actor: personOf(ctx, role === "lead" ? "lead" : undefined),
      target: {
        ownerId: target.ownerId,
        portal: connection.portal,
        userName: target.userName,
        tokenId,
        label: target.label ?? undefined,
      },
      operationId: item.operation_id,
      detail: { again: true },
    });
  });
}
