import "server-only";
import type { RevokeAnswer, RevokeByValueInput } from "@/lib/contracts/tokens";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import type { SessionConnection, SessionContext } from "../context";
import { syncOwner } from "../owners/sync";
import { asDeskError } from "../portals/refusal";
import { isLead } from "../roles";
import { findToken, type VisibleToken } from "./find";
import { ownRevocation, revokeOne, tellOrDrive } from "./revoke";

/**
 * Revokes a token by its value with the caller's own rights: the owner's, or a lead's, as the portal decides. It
 * works for tokens that nobody here has heard of; their record begins with the proof of their end. Who may not see a
 * token's record touches none, and what a portal tells them of it counts for nobody else.
 * @throws DeskError `invalid_input` (no connection on that portal), `portal_refused`, `not_found` (the portal does
 * not know the value), `token_unusable` (no value that could be sent), `audit_unavailable`.
 */
export async function revokeByValue(ctx: SessionContext, input: RevokeByValueInput): Promise<RevokeAnswer> {
  const { desk } = ctx;
  const { portal, token, ...reasons } = input;
  const value = token.trim();
  const tokenId = fingerprint(desk.keys, portal, value);
  const own = ctx.session.connections.filter(
    (connection) => connection.portal === portal && connection.state === "live",
  );
  const [first] = own;
  if (!first)
    throw new DeskError("invalid_input", {
      errors: [{ path: "portal", message: "You have no connection on this portal" }],
    });
  const found = (await findSeen(ctx, tokenId)) ?? (await findListed(ctx, own, tokenId));
  if (!found) {
    // A lead may delete what the desk has not seen yet; whether they may is for the portal to say.
    const connection = own.find(({ roles }) => isLead(roles)) ?? first;
    return revokeOne(ctx, { tokenId, value, connection }, "lead", reasons);
  }
  const known = await ownRevocation(ctx, found, input.reason);
  if (known) return tellOrDrive(desk, known);
  const { row, owner, connection, role } = found;
  const target = { tokenId, value, connection, ownerId: owner.id, label: row.label, whateverStatus: true };
  return revokeOne(ctx, target, role, reasons);
}

/** The token, if the caller may see it; whom they lead may not be known now, and then it is for the portal to say. */
async function findSeen(ctx: SessionContext, id: string): Promise<VisibleToken | undefined> {
  try {
    return await findToken(ctx, id, { portalJudges: true });
  } catch (error) {
    if (error instanceof DeskError) return undefined;
    throw error;
  }
}

/** The same, once the portal has said what the caller's own tokens are. A portal in trouble shows nothing new. */
async function findListed(
  ctx: SessionContext,
  own: SessionConnection[],
  id: string,
): Promise<VisibleToken | undefined> {
  for (const connection of own)
    try {
      await syncOwner(ctx.desk, connection);
    } catch (error) {
      if (!(asDeskError(error) instanceof DeskError)) throw error;
    }
  return findSeen(ctx, id);
}
