import "server-only";
import type { PatchTokenInput, Token } from "@/lib/contracts/tokens";
import { DeskError } from "../../errors";
import type { TokenTable } from "../../store/schema";
import { lockTokens, tokenById, updateTokens } from "../../store/tokens";
import { type AuditEvent, personOf, record } from "../audit/record";
import { requireLiveConnection } from "../connections/find";
import type { SessionContext } from "../context";
import { auditTarget, findOwnToken, findToken, showToken, type VisibleToken } from "./find";
import { refuseValues } from "./refuse-values";

/**
 * Changes what people know about a token. Naming an unclaimed one claims it; naming a recovered one confirms it.
 * @throws DeskError `not_found`, `forbidden` (a lead), `not_available` (enforced expiry), `wrong_state` (revoked, or
 * not called what it `was`), `token_in_text`.
 */
export async function patchToken(
  ctx: SessionContext,
  { id, patch: { was, ...patch } }: { id: string; patch: PatchTokenInput },
): Promise<Token> {
  const { desk } = ctx;
  if (patch.expiry === "enforced") throw new DeskError("not_available");
  const found = await findOwnToken(ctx, id, "token.label");
  const { label, purpose, environment, notes, integrationId, tags = [] } = patch;
  await refuseValues(ctx, [label, purpose, environment, notes, integrationId, ...tags]);
  await desk.db.transaction().execute(async (tx) => {
    // Looked at once nobody else writes it: a revocation may have begun, or ended, meanwhile.
    await lockTokens(tx, [id]);
    const row = await tokenById(tx, id);
    if (!row || row.status === "revoked")
      throw new DeskError("wrong_state", { detail: "A revoked token's record is final." });
    // The same name once more is the same request once more.
    if (was !== undefined && row.label !== was && row.label !== label)
      throw new DeskError("wrong_state", { detail: "Somebody has named it meanwhile." });
    await updateTokens(tx, [id], { ...changeOf(patch), ...claimOf(row, patch, desk.clock.now()) });
    await requireLiveConnection(desk, tx, found.connection);
    await record(tx, ctx, labelEvent(ctx, { row, owner: found.owner }, patch));
  });
  return showToken(ctx, await findToken(ctx, id));
}

/** What the trail says of a change. */
export function labelEvent(
  ctx: SessionContext,
  { row, owner }: Pick<VisibleToken, "row" | "owner">,
  patch: PatchTokenInput,
): AuditEvent {
  const { label } = patch;
  return {
    action: "token.label",
    result: "ok",
    actor: personOf(ctx),
    target: auditTarget({ row: { ...row, label: label ?? row.label }, owner }),
    detail: {
      changed: Object.keys(patch).sort().join(" "),
      ...(label !== undefined && row.label !== null && label !== row.label ? { was: row.label } : {}),
    },
  };
}

/** What people may change of a record. */
export type TokenChange = Partial<Omit<TokenTable, "id" | "owner_id">>;

/** What a patch makes of the state of a token: naming an unclaimed one claims it. */
export function claimOf({ status }: Pick<TokenTable, "status">, { label }: PatchTokenInput, now: number) {
  const claims = label !== undefined && status === "unclaimed";
  return claims ? ({ status: "active", status_at: now } as const) : {};
}

/** A patch as it stands in the record. */
export function changeOf(patch: PatchTokenInput): TokenChange {
  const change: TokenChange = {};
  if (patch.label !== undefined) {
    change.label = patch.label;
    change.recovered = 0;
  }
  if (patch.purpose !== undefined) change.purpose = patch.purpose || null;
  if (patch.environment !== undefined) change.environment = patch.environment || null;
  if (patch.notes !== undefined) change.notes = patch.notes || null;
  if (patch.integrationId !== undefined) change.integration_id = patch.integrationId || null;
  if (patch.tags !== undefined) change.tags = JSON.stringify(patch.tags);
  if (patch.protected !== undefined) change.protected = patch.protected ? 1 : 0;
  if (patch.expiresAt !== undefined) {
    change.expires_at = patch.expiresAt === null ? null : Date.parse(patch.expiresAt);
    change.expiry = patch.expiresAt === null ? null : "advisory";
  }
  return change;
}
