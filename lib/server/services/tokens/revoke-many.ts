import "server-only";
import type { BulkRevokeInput, OperationStarted } from "@/lib/contracts/tokens";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import { requireStepUp } from "../connections/find";
import type { SessionContext } from "../context";
import { beginRevocation, type Target } from "../operations/begin-revoke";
import { sealedValueOf } from "../operations/values";
import { syncOwner } from "../owners/sync";
import { asDeskError } from "../portals/refusal";
import { auditTarget, findToken, type VisibleToken } from "./find";
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
  const found: VisibleToken[] = [];
  for (const id of ids) found.push(await findToken(ctx, id, { portalJudges: true }));
  const role = found[0]?.role ?? "owner";
  for (const token of found)
    await requireStepUp(ctx, token.connection, {
      action: "token.revoke",
      target: auditTarget(token),
      role: token.role === "lead" ? "lead" : undefined,
    });
  if (found.some((token) => token.role !== role))
    throw new DeskError("invalid_input", {
      errors: [{ path: "ids", message: "Revoke your own tokens and other people's apart" }],
    });
  const own = role === "owner" ? await ownValues(ctx, found) : { values: new Map(), troubles: new Map() };
  const targets: Target[] = [];
  for (const token of found) targets.push(await targetOrReason(ctx, token, own));
  const [item] = await beginRevocation(ctx, targets, role, input, false);
  if (!item) throw new DeskError("internal");
  return { operationId: item.operation_id };
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
    if (value === undefined && trouble) throw trouble;
    return await targetOf(ctx, token, value);
  } catch (error) {
    if (!(error instanceof DeskError)) throw error;
    const { row, connection, owner } = token;
    return { tokenId: row.id, value: "", error: error.code, connection, ownerId: owner.id, label: row.label };
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
      const list = await syncOwner(desk, connection);
      for (const value of list.values) values.set(fingerprint(desk.keys, connection.portal, value), value);
    } catch (error) {
      troubles.set(connection.id, asDeskError(error, connection.id));
    }
  }
  return { values, troubles };
}
