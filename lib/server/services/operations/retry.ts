import "server-only";
import type { Operation } from "@/lib/contracts/tokens";
import { DeskError } from "../../errors";
import { itemsOf, updateItem } from "../../store/operations";
import type { OperationItemTable } from "../../store/schema";
import { claimForRevocation } from "../../store/tokens";
import { personOf, record } from "../audit/record";
import type { SessionContext } from "../context";
import { findToken } from "../tokens/find";
import { targetOf } from "../tokens/revoke";
import type { Target } from "./begin-revoke";
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
  for (const item of items.filter(({ state }) => state === "checking"))
    await updateItem(desk.db, item, { next_try_at: now });
  const failed = items.filter(({ state }) => state === "failed");
  if (operation.kind === "mint") {
    if (failed.length > 0) throw new DeskError("wrong_state", { detail: "Mint what is missing anew." });
    return getOperation(ctx, { id });
  }
  for (const item of failed) await retryItem(ctx, item);
  return getOperation(ctx, { id });
}

async function retryItem(ctx: SessionContext, item: OperationItemTable): Promise<void> {
  const { desk } = ctx;
  try {
    const found = await findToken(ctx, item.token_id ?? "");
    await beginAgain(ctx, item, await targetOf(ctx, found), found.role);
  } catch (error) {
    if (!(error instanceof DeskError) || error.code === "audit_unavailable") throw error;
    await updateItem(desk.db, item, { error: error.code });
  }
}

async function beginAgain(
  ctx: SessionContext,
  item: OperationItemTable,
  target: Target,
  role: "owner" | "lead",
): Promise<void> {
  const { desk } = ctx;
  const { connection, tokenId } = target;
  const now = desk.clock.now();
  await desk.db.transaction().execute(async (tx) => {
    const taken = await claimForRevocation(tx, [tokenId], now);
    const previous = taken.get(tokenId);
    if (!previous) throw new DeskError("wrong_state");
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
      previous_status: previous,
      sealed_value: sealForRevocation(desk, item, target.value),
    });
    await refreshOperation(tx, item.operation_id, now);
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
