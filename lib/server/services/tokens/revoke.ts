import "server-only";
import type { RevokeAnswer, RevokeInput } from "@/lib/contracts/tokens";
import { DeskError } from "../../errors";
import { doneRevocation, openRevocation } from "../../store/operations";
import type { SessionContext } from "../context";
import { answerOf, driveAndAnswer } from "../operations/answer-revoke";
import { beginRevocation, type Target } from "../operations/begin-revoke";
import { takeOver } from "../operations/take-over";
import { sealedValueOf } from "../operations/values";
import { findToken, type VisibleToken, valueOfOwn } from "./find";

/**
 * Revokes one token, as its owner or as a lead of the owner. Asked again, it tells how far it is, unless that waits for
 * somebody who is gone.
 * @throws DeskError `not_found`, `wrong_state` (gone already), `value_needed` (a lead, and no sealed copy),
 * `portal_refused`, `audit_unavailable`, or the portal's trouble before anything was recorded.
 */
export async function revokeToken(
  ctx: SessionContext,
  { id, ...input }: RevokeInput & { id: string },
): Promise<RevokeAnswer> {
  const { desk } = ctx;
  const found = await findToken(ctx, id);
  const open = await openRevocation(desk.db, id);
  const left = open && (await takeOver(desk, open));
  if (open && !left) return answerOf(open);
  const done = found.row.status === "revoked" ? await doneRevocation(desk.db, id) : undefined;
  if (done) return answerOf(done);
  const target = await targetOf(ctx, left ? await findToken(ctx, id) : found, left?.value);
  try {
    const [item] = await beginRevocation(ctx, [target], found.role, input, true);
    if (!item) throw new DeskError("internal");
    return await driveAndAnswer(desk, item);
  } catch (error) {
    // Asked for twice at the same moment: it is one revocation.
    const other = await openRevocation(desk.db, id);
    if (other && error instanceof DeskError && error.code === "wrong_state") return answerOf(other);
    throw error;
  }
}

/**
 * What a revocation of a visible token needs.
 * @param known its value, where the caller has it already.
 * @throws DeskError `wrong_state`, `value_needed`, or the portal's trouble.
 */
export async function targetOf(ctx: SessionContext, found: VisibleToken, known?: string): Promise<Target> {
  const { row, owner, connection, role } = found;
  if (!["active", "unclaimed", "retiring"].includes(row.status))
    throw new DeskError("wrong_state", { detail: "The portal no longer lists this token." });
  const sealed = known ?? sealedValueOf(ctx.desk, row);
  if (sealed === undefined && role === "lead") throw new DeskError("value_needed");
  const value = sealed ?? (await valueOfOwn(ctx, found));
  return {
    tokenId: row.id,
    value,
    connection,
    ownerId: owner.id,
    userName: owner.user_name ?? undefined,
    label: row.label,
  };
}
