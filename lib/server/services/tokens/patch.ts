import "server-only";
import type { PatchTokenInput, Token } from "@/lib/contracts/tokens";
import { DeskError } from "../../errors";
import type { TokenTable } from "../../store/schema";
import { tokenById, updateTokens } from "../../store/tokens";
import { personOf, record } from "../audit/record";
import type { SessionContext } from "../context";
import { auditTarget, findOwnToken, findToken, showToken } from "./find";
import { refuseValues } from "./refuse-values";

/**
 * Changes what people know about a token. Naming an unclaimed one claims it; naming a recovered one confirms it.
 * @throws DeskError `not_found`, `forbidden` (a lead), `not_available` (enforced expiry), `wrong_state` (revoked),
 * `token_in_text`.
 */
export async function patchToken(
  ctx: SessionContext,
  { id, patch }: { id: string; patch: PatchTokenInput },
): Promise<Token> {
  const { desk } = ctx;
  if (patch.expiry === "enforced") throw new DeskError("not_available");
  const { row, owner } = await findOwnToken(ctx, id, "token.label");
  if (row.status === "revoked") throw new DeskError("wrong_state", isFinal);
  const { label, purpose, environment, notes, integrationId, tags = [] } = patch;
  await refuseValues(desk, [label, purpose, environment, notes, integrationId, ...tags]);
  const change = changeOf(patch);
  await desk.db.transaction().execute(async (tx) => {
    await updateTokens(tx, [id], change);
    // Looked at again, now that nobody else writes it: a revocation may have begun, or ended, meanwhile.
    const current = await tokenById(tx, id);
    if (current?.status === "revoked") throw new DeskError("wrong_state", isFinal);
    if (patch.label !== undefined && current?.status === "unclaimed")
      await updateTokens(tx, [id], { status: "active", status_at: desk.clock.now() });
    await record(tx, ctx, {
      action: "token.label",
      result: "ok",
      actor: personOf(ctx),
      target: auditTarget({ row: { ...row, label: patch.label ?? row.label }, owner }),
      detail: {
        changed: Object.keys(patch).sort().join(" "),
        ...(patch.label !== undefined && row.label !== null && patch.label !== row.label
          ? { was: row.label }
          : {}),
      },
    });
  });
  return showToken(ctx, await findToken(ctx, id));
}

const isFinal = { detail: "A revoked token's record is final." };

function changeOf(patch: PatchTokenInput): Partial<TokenTable> {
  const change: Partial<TokenTable> = {};
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
