import "server-only";
import type { AuditAction } from "@/lib/contracts/audit";
import type { Token } from "@/lib/contracts/tokens";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import { openRevocations } from "../../store/operations";
import { ownerById, withMerged } from "../../store/owners";
import type { OwnerTable, TokenTable } from "../../store/schema";
import { tokenById } from "../../store/tokens";
import type { AuditEvent } from "../audit/record";
import { refuse } from "../audit/refuse";
import { connectionOfOwner } from "../connections/find";
import { mayOpenSealed } from "../connections/judged";
import type { SessionConnection, SessionContext } from "../context";
import { sealedValueOf } from "../operations/values";
import { syncOwner } from "../owners/sync";
import { askLed } from "../people/led";
import { asDeskError, isOutage } from "../portals/refusal";
import { describeToken, withRevocation } from "./describe";

/** A token that the caller may see, and by which of their connections: as its owner, or as a lead of the owner. */
export type VisibleToken = {
  row: TokenTable;
  owner: OwnerTable;
  connection: SessionConnection;
  role: "owner" | "lead";
};

/**
 * A token by its id, if the caller may see it.
 * @param options `portalJudges` for what the portal is asked on the caller's own credential anyway.
 * @throws DeskError `not_found`, the same for what does not exist and for what is not theirs; the portal's trouble where
 * it could not be asked about the caller for too long.
 */
export async function findToken(
  ctx: SessionContext,
  id: string,
  options: { portalJudges?: boolean } = {},
): Promise<VisibleToken> {
  const row = await tokenById(ctx.desk.db, id);
  const owner = row && (await ownerById(ctx.desk.db, row.owner_id));
  const own = owner && connectionOfOwner(ctx, owner.id);
  if (own?.state === "live" && own.unjudged && !options.portalJudges) throw own.unjudged;
  if (row && owner && own?.state === "live") return { row, owner, connection: own, role: "owner" };
  const { owners, trouble } = await askLed(ctx);
  const led = owners.find((candidate) => candidate.owner.id === owner?.id);
  if (row && owner && led) return { row, owner, connection: led.connection, role: "lead" };
  // Where the portal could not say whom the caller leads, it may be a token of theirs.
  throw trouble ?? new DeskError("not_found");
}

/** A token as the trail names it. */
export const auditTarget = ({ row, owner }: Pick<VisibleToken, "row" | "owner">): AuditEvent["target"] => ({
  ownerId: owner.id,
  portal: owner.portal,
  userName: owner.user_name ?? undefined,
  tokenId: row.id,
  label: row.label ?? undefined,
});

/**
 * As `findToken`, for an action that only the owner may do.
 * @throws DeskError `forbidden` for a lead; that they asked is on record.
 */
export async function findOwnToken(
  ctx: SessionContext,
  id: string,
  action: AuditAction,
): Promise<VisibleToken> {
  const found = await findToken(ctx, id);
  if (found.role === "owner") return found;
  const error = new DeskError("forbidden", { detail: "Only the token's own user may do this." });
  return refuse(ctx, { action, target: auditTarget(found), role: "lead" }, error);
}

/** A visible token in the API's shape. */
export async function showToken(
  { desk, session }: SessionContext,
  { row, owner, connection, role }: VisibleToken,
): Promise<Token> {
  const token = describeToken(row, owner, role === "owner" ? connection.id : undefined);
  if (row.status !== "revoking") return token;
  const open = await openRevocations(desk.db, [row.id]);
  return withRevocation(token, open, await withMerged(desk.db, [session.ownerId]), desk.clock.now());
}

/**
 * The value of an own token: from the portal's list, which is the truth, or from the sealed copy while there is no portal,
 * and then only on a connection that was proved by a password and that the portal accepted a quarter of an hour ago: a
 * token opens no other token.
 * @param options `fresh` where the value is given to the caller: the portal then has to give it on their own credential
 * now, and nobody else's list serves.
 * @throws DeskError `wrong_state` where the portal lists it no more; `connection_ended`, `portal_refused`; the
 * portal's trouble where no copy is given.
 */
export async function valueOfOwn(
  ctx: SessionContext,
  { row, connection }: VisibleToken,
  options: { fresh?: boolean } = {},
): Promise<string> {
  const { desk } = ctx;
  try {
    const { values } = await syncOwner(desk, connection, options);
    const value = values.find((candidate) => fingerprint(desk.keys, connection.portal, candidate) === row.id);
    if (value !== undefined) return value;
  } catch (error) {
    const sealed = isOutage(error) && mayOpenSealed(desk, connection) ? sealedValueOf(desk, row) : undefined;
    if (sealed !== undefined) return sealed;
    throw asDeskError(error, connection.id);
  }
  // A mint may take a while to show in the list.
  const sealed = row.listed_at === null ? sealedValueOf(desk, row) : undefined;
  if (sealed !== undefined) return sealed;
  throw new DeskError("wrong_state", { detail: "The portal no longer lists this token." });
}
