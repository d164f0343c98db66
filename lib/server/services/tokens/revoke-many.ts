import "server-only";
import type { BulkRevokeInput, OperationStarted } from "@/lib/contracts/tokens";
import { fingerprintsOf } from "../../crypto";
import { DeskError } from "../../errors";
import { mapInSlices } from "../../slices";
import { requireStepUp } from "../connections/find";
import type { SessionContext } from "../context";
import { beginRevocation, type Target } from "../operations/begin-revoke";
import { sealedValueOf } from "../operations/values";
import { syncOwner } from "../owners/sync";
import { asDeskError } from "../portals/refusal";
import { auditTarget, findTokens, type VisibleToken } from "./find";
import { targetOf } from "./revoke";

/**
 * Revokes a selection as one operation that the worker drives. What cannot be revoked
 * (gone already, a value that is needed) is a failed item that says why. Wants a step-up of every connection.
 * @throws DeskError `not_found`, `step_up_required`, `invalid_input` (own tokens and people's mixed),
 * `audit_unavailable`.
 */
export async function revokeTokens(
  ctx: SessionContext,
  { ids, ...input }: BulkRevokeInput,
): Promise<OperationStarted> {
  // The proof first: nobody has a thousand looked up without one.
  await requireProofs(ctx, await findTokens(ctx, ids.slice(0, 1), { portalJudges: true }));
  const found = await requireProofs(ctx, await findTokens(ctx, ids, { portalJudges: true }));
  const role = found[0]?.role ?? "owner";
  if (found.some((token) => token.role !== role))
    throw new DeskError("invalid_input", {
      errors: [{ path: "ids", message: "Revoke your own tokens and other people's apart" }],
    });
  const targets = await targetsOf(ctx, found);
  const [item] = await beginRevocation(ctx, targets, role, input, false);
  if (!item) throw new DeskError("internal");
  return { operationId: item.operation_id };
}

/**
 * Wants the credential of each one's connection proved lately. @returns the same tokens.
 * @throws DeskError `step_up_required`
 */
export async function requireProofs(ctx: SessionContext, found: VisibleToken[]): Promise<VisibleToken[]> {
  for (const token of found)
    await requireStepUp(ctx, token.connection, {
      action: "token.revoke",
      target: auditTarget(token),
      role: token.role === "lead" ? "lead" : undefined,
    });
  return found;
}

/** What is needed to revoke each of a selection, or why it cannot be. */
export async function targetsOf(ctx: SessionContext, found: VisibleToken[]): Promise<Target[]> {
  const own = await ownValues(
    ctx,
    found.filter(({ role }) => role === "owner"),
  );
  return mapInSlices(found, (token) => targetOrReason(ctx, token, own));
}

/** What is needed to revoke one of a selection, or why that one cannot be. */
async function targetOrReason(
  ctx: SessionContext,
  token: VisibleToken,
  { values, troubles }: OwnValues,
): Promise<Target> {
  try {
    if (token.row.status === "revoked") throw new DeskError("wrong_state");
    const value = values.get(token.row.id) ?? sealedValueOf(ctx.desk, token.row);
    const trouble = troubles.get(token.connection.id);
    return await targetOf(ctx, token, value, trouble);
  } catch (error) {
    if (!(error instanceof DeskError)) throw error;
    const { row, connection, owner } = token;
    return { tokenId: row.id, error: error.code, connection, ownerId: owner.id, label: row.label };
  }
}

/** Values by token, and the portal's trouble by connection. */
type OwnValues = { values: Map<string, string>; troubles: Map<string, unknown> };

/** The values of the caller's own tokens, by one list an owner. */
async function ownValues(ctx: SessionContext, found: VisibleToken[]): Promise<OwnValues> {
  const { desk } = ctx;
  const values = new Map<string, string>();
  const troubles = new Map<string, unknown>();
  const connections = new Map(found.map(({ connection }) => [connection.id, connection]));
  for (const connection of connections.values()) {
    try {
      const list = await syncOwner(desk, connection, { priority: "bulk" });
      for (const [id, value] of await fingerprintsOf(desk.keys, connection.portal, list.values))
        values.set(id, value);
    } catch (error) {
      troubles.set(connection.id, asDeskError(error, connection.id));
    }
  }
  return { values, troubles };
}
