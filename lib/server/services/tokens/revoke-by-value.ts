import "server-only";
import type { RevokeAnswer, RevokeByValueInput } from "@/lib/contracts/tokens";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import { doneRevocation, openRevocation } from "../../store/operations";
import { tokenById } from "../../store/tokens";
import { liveConnections } from "../connections/find";
import type { SessionConnection, SessionContext } from "../context";
import { answerOf, driveAndAnswer } from "../operations/answer-revoke";
import { beginRevocation, type Target } from "../operations/begin-revoke";
import { takeOver } from "../operations/take-over";
import { ledOwners } from "../people/led";
import { isLead } from "../roles";

/**
 * Revokes a token by its value with the caller's own rights: the owner's, or a lead's, as the portal decides. It
 * works for tokens that nobody here has heard of; their record begins when the portal accepts it.
 * @throws DeskError `invalid_input` (no connection on that portal), `portal_refused`, `not_found` (the portal does
 * not know the value), `token_unusable` (no value that could be sent), `audit_unavailable`.
 */
export async function revokeByValue(ctx: SessionContext, input: RevokeByValueInput): Promise<RevokeAnswer> {
  const { desk } = ctx;
  const value = input.token.trim();
  const tokenId = fingerprint(desk.keys, input.portal, value);
  const row = await tokenById(desk.db, tokenId);
  const { connection, role } = await chooseConnection(ctx, input.portal, row?.owner_id);
  const visible = role === "owner" || (await ledOwners(ctx)).some(({ owner }) => owner.id === row?.owner_id);
  if (row && visible) {
    const open = await openRevocation(desk.db, tokenId);
    if (open && !(await takeOver(desk, open))) return answerOf(open);
    const done = row.status === "revoked" ? await doneRevocation(desk.db, tokenId) : undefined;
    if (done) return answerOf(done);
  }
  const target: Target = { tokenId, value, connection, ownerId: row?.owner_id, whateverStatus: true };
  if (visible) target.label = row?.label;
  const [item] = await beginRevocation(ctx, [target], role, input, true);
  if (!item) throw new DeskError("internal");
  return driveAndAnswer(desk, item);
}

/** The owner's own connection, else one of a lead of the owner, else any lead's, else any on that portal. */
async function chooseConnection(
  ctx: SessionContext,
  portal: string,
  ownerId: string | undefined,
): Promise<{ connection: SessionConnection; role: "owner" | "lead" }> {
  const live = liveConnections(ctx).filter((connection) => connection.portal === portal);
  const own = live.find((connection) => ownerId !== undefined && connection.ownerId === ownerId);
  if (own) return { connection: own, role: "owner" };
  const led = (await ledOwners(ctx)).find(({ owner }) => owner.id === ownerId)?.connection;
  const connection = led ?? live.find(({ roles }) => isLead(roles)) ?? live[0];
  if (!connection)
    throw new DeskError("invalid_input", {
      errors: [{ path: "portal", message: "You have no connection on this portal" }],
    });
  return { connection, role: "lead" };
}
