import "server-only";
import type { Operation } from "@/lib/contracts/tokens";
import { DeskError } from "../../errors";
import { mapInSlices } from "../../slices";
import { hurryItems, itemsOf, updateFailedItem } from "../../store/operations";
import { withMerged } from "../../store/owners";
import type { Db, OperationItemTable, OperationTable } from "../../store/schema";
import { personOf, recordAll } from "../audit/record";
import { requireLiveConnection } from "../connections/find";
import type { SessionContext } from "../context";
import { lookUpTokens, type VisibleToken } from "../tokens/find";
import { requireProofs, targetsOf } from "../tokens/revoke-many";
import { isConfined, type Target } from "./begin-revoke";
import { type Claim, claimTokens } from "./claim";
import { findOperation } from "./find";
import { getOperation } from "./get";
import { refreshOperation } from "./state";
import { urgenciesOf, urgencyAsked } from "./urgency";
import { sealForRevocation } from "./values";

/**
 * Takes up the failed items of a revocation again, and hurries those that wait. An item that still cannot be revoked
 * stays failed, and says why now. To try many again is to revoke many, and wants the same fresh proof. A mint is not repeated
 * this way: a new one with a key of its own says what is wanted.
 * @throws DeskError `not_found`, `wrong_state` for a mint that is over, `step_up_required`, `audit_unavailable`.
 */
export async function retryOperation(ctx: SessionContext, { id }: { id: string }): Promise<Operation> {
  const { desk } = ctx;
  const operation = await findOperation(ctx, id);
  const items = await itemsOf(desk.db, id);
  const failed = items.filter(({ state }) => state === "failed");
  if (operation.kind === "revoke" && failed.length > 0)
    await retryItems(ctx, operation, failed, items.length > 1);
  await hurryItems(desk.db, id, desk.clock.now());
  if (operation.kind === "mint" && failed.length > 0)
    throw new DeskError("wrong_state", { detail: "Mint what is missing anew." });
  return getOperation(ctx, { id });
}

type Retried = { item: OperationItemTable; target: Target; role: VisibleToken["role"] };

async function retryItems(
  ctx: SessionContext,
  operation: OperationTable,
  failed: OperationItemTable[],
  areMany: boolean,
): Promise<void> {
  const { reason, bulk = areMany } = JSON.parse(operation.request);
  const lookUp = (items: OperationItemTable[]) =>
    lookUpTokens(
      ctx,
      items.map(({ token_id }) => token_id ?? ""),
      { portalJudges: true },
    );
  const visible = (tokens: (VisibleToken | Error)[]) =>
    tokens.flatMap((token) => {
      if (!(token instanceof Error)) return token;
      if (token instanceof DeskError) return [];
      throw token;
    });
  if (bulk) await requireProofs(ctx, visible(await lookUp(failed.slice(0, 1))));
  const found = await lookUp(failed);
  const tokens = visible(found);
  if (bulk) await requireProofs(ctx, tokens);
  const targets = new Map((await targetsOf(ctx, tokens)).map((target) => [target.tokenId, target]));
  const roles = new Map(tokens.map(({ row, role }) => [row.id, role]));
  const again = failed.flatMap((item): Retried[] => {
    const target = targets.get(item.token_id ?? "");
    const role = roles.get(item.token_id ?? "");
    // With the rights that it was begun with: a lead's is not finished by the owner's own authority.
    const isSameRole = role === operation.actor_role;
    return target && role && isSameRole && !target.error && !target.proof ? [{ item, target, role }] : [];
  });
  await ctx.desk.db.transaction().execute(async (tx) => {
    const actors = await withMerged(tx, [ctx.session.ownerId]);
    const urgencies = await urgenciesOf(
      tx,
      actors,
      reason,
      again.map(({ target }) => target),
    );
    const wanted = again.map(({ target }, position) => ({
      tokenId: target.tokenId,
      by: target.connection.provedBy,
      urgency: Math.max(urgencyAsked(reason, again.length), urgencies[position] ?? 0),
    }));
    const claims = await claimTokens(tx, wanted, actors, ctx.desk.clock.now());
    const free = again.filter(({ target }) => claims.get(target.tokenId)?.free);
    const isFree = new Set(free.map(({ item }) => item));
    for (const [index, item] of failed.entries())
      if (!isFree.has(item))
        await updateFailedItem(tx, item, { error: reasonOf(found[index], targets.get(item.token_id ?? "")) });
    // Where two ask at once, one of them has begun it again.
    const begun = await mapInSlices(free, (retried) =>
      updateFailedItem(tx, retried.item, {
        ...begunAgain(ctx, retried, claims.get(retried.target.tokenId)),
        urgency: urgencies[again.indexOf(retried)],
      }),
    );
    await refreshOperation(tx, operation.id, ctx.desk.clock.now());
    await recordAgain(
      ctx,
      tx,
      operation,
      free.filter((_, index) => begun[index]),
    );
  });
}

/** Why a token cannot be revoked now. */
const reasonOf = (found: VisibleToken | Error | undefined, target: Target | undefined): string => {
  if (found instanceof DeskError) return found.code;
  return target?.error ?? "wrong_state";
};

const begunAgain = (
  { desk }: SessionContext,
  { item, target }: Retried,
  claim: Claim | undefined,
): Partial<OperationItemTable> => ({
  state: "pending",
  error: null,
  attempts: 0,
  next_try_at: desk.clock.now(),
  accepted_at: null,
  unlisted_at: null,
  dead_at: null,
  connection_id: target.connection.id,
  acting_owner_id: target.connection.ownerId,
  acting_by: target.connection.provedBy,
  portal: target.connection.portal,
  owner_id: target.ownerId,
  confined: isConfined(desk, target),
  previous_status: claim?.previous ?? null,
  sealed_value: target.value === undefined ? null : sealForRevocation(desk, item, target.value),
});

async function recordAgain(ctx: SessionContext, tx: Db, operation: OperationTable, retried: Retried[]) {
  for (const connection of new Set(retried.map(({ target }) => target.connection)))
    await requireLiveConnection(ctx.desk, tx, connection);
  await recordAll(
    tx,
    ctx,
    retried.map(({ target, role }) => ({
      action: "token.revoke",
      result: "intent",
      actor: personOf(ctx, role === "lead" ? "lead" : undefined),
      target: {
        ownerId: target.ownerId,
        portal: target.connection.portal,
        userName: target.userName,
        tokenId: target.tokenId,
        label: target.label ?? undefined,
      },
      operationId: operation.id,
      detail: { again: true },
    })),
  );
}
