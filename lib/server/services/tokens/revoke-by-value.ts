import "server-only";
import type { RevokeAnswer, RevokeByValueInput } from "@/lib/contracts/tokens";
import { seconds, withinPatience } from "../../clock";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import { PortalError } from "../../portal/error";
import { type SessionConnection, type SessionContext, shareOf } from "../context";
import type { Desk } from "../desk";
import { syncOwner } from "../owners/sync";
import { asDeskError } from "../portals/refusal";
import { isLead } from "../roles";
import { findToken, type VisibleToken } from "./find";
import { ownRevocation, revokeAny, revokeOne, tellOrDrive } from "./revoke";
import { takeToken } from "./take-token";

/** What was pasted, as it may be meant. */
type Reading = { value: string; tokenId: string };

/**
 * Revokes a token by its value with the caller's own rights: the owner's, or a lead's, as the portal decides. It
 * works for tokens that nobody here has heard of; their record begins with the proof of their end. Who may not see a
 * token's record touches none, and what a portal tells them of it counts for nobody else.
 * @throws DeskError what `takeToken` throws, `invalid_input` (no connection on that portal), `portal_refused`, `not_found`
 * (the portal does not know the value), `token_unusable` (no value that could be sent), `audit_unavailable`.
 */
export async function revokeByValue(ctx: SessionContext, input: RevokeByValueInput): Promise<RevokeAnswer> {
  const { desk } = ctx;
  const { portal, token, asIs, ...reasons } = input;
  const readings = takeToken({ token, asIs }).map((value) => ({
    value,
    tokenId: fingerprint(desk.keys, portal, value),
  }));
  const own = ctx.session.connections.filter(
    (connection) => connection.portal === portal && connection.state === "live",
  );
  const [first] = own;
  if (!first)
    throw new DeskError("invalid_input", {
      errors: [{ path: "portal", message: "You have no connection on this portal" }],
    });
  const found = (await findSeen(ctx, readings)) ?? (await findListed(ctx, own, readings));
  if (found) {
    const known = await ownRevocation(ctx, found, input.reason);
    if (known) return tellOrDrive(desk, known);
    const { row, owner, connection, role, value } = found;
    const about = { tokenId: row.id, value, connection, ownerId: owner.id, label: row.label };
    return revokeOne(ctx, { ...about, whateverStatus: true }, role, reasons);
  }
  // A lead may delete what the desk has not seen yet; whether they may is for the portal to say.
  const connection = own.find(({ roles }) => isLead(roles)) ?? first;
  const meant = await withinPatience(desk.clock, thatLive(desk, connection, readings), seconds(2));
  const [likeliest, ...others] = (meant ?? readings).map((reading) => ({ ...reading, connection }));
  if (!likeliest) throw new DeskError("not_a_token");
  // Where nobody says in time which is meant, all are: a deletion whose answer was lost looks like one of what never was.
  return revokeAny(ctx, [likeliest, ...others], "lead", reasons);
}

/**
 * The reading that lives, asked of the portal with each itself. All, where none does, since a disabled user's tokens do not and
 * are there, and where the portal does not say.
 */
async function thatLive(desk: Desk, connection: SessionConnection, readings: Reading[]): Promise<Reading[]> {
  if (readings.length === 1) return readings;
  for (const reading of readings)
    try {
      const as = { person: shareOf(connection) };
      const { result } = await desk.portal.tryCredential(connection.portal, reading.value, as);
      if (result !== "dead") return [reading];
    } catch (error) {
      if (error instanceof PortalError) return readings;
      throw error;
    }
  return readings;
}

/**
 * The token in the first of its readings that the caller may see; whom they lead may not be known now, and then it is for
 * the portal to say.
 */
async function findSeen(
  ctx: SessionContext,
  readings: Reading[],
): Promise<(VisibleToken & Reading) | undefined> {
  for (const reading of readings)
    try {
      return { ...reading, ...(await findToken(ctx, reading.tokenId, { portalJudges: true })) };
    } catch (error) {
      if (!(error instanceof DeskError)) throw error;
    }
  return undefined;
}

/** The same, once the portal has said what the caller's own tokens are. A portal in trouble shows nothing new. */
async function findListed(
  ctx: SessionContext,
  own: SessionConnection[],
  readings: Reading[],
): Promise<(VisibleToken & Reading) | undefined> {
  for (const connection of own)
    try {
      await syncOwner(ctx.desk, connection, { priority: "by-hand" });
    } catch (error) {
      if (!(asDeskError(error) instanceof DeskError)) throw error;
    }
  return findSeen(ctx, readings);
}
