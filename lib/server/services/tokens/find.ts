import "server-only";
import type { AuditAction } from "@/lib/contracts/audit";
import type { Token } from "@/lib/contracts/tokens";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import { openRevocation } from "../../store/operations";
import { ownerById } from "../../store/owners";
import type { OwnerTable, TokenTable } from "../../store/schema";
import { tokenById } from "../../store/tokens";
import type { AuditEvent } from "../audit/record";
import { refuse } from "../audit/refuse";
import { connectionOfOwner } from "../connections/find";
import type { SessionConnection, SessionContext } from "../context";
import { sealedValueOf } from "../operations/values";
import { syncOwner } from "../owners/sync";
import { ledOwners } from "../people/led";
import { asDeskError } from "../portals/refusal";
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
 * @throws DeskError `not_found`, the same for what does not exist and for what is not theirs.
 */
export async function findToken(ctx: SessionContext, id: string): Promise<VisibleToken> {
  const row = await tokenById(ctx.desk.db, id);
  const owner = row && (await ownerById(ctx.desk.db, row.owner_id));
  if (!row || !owner) throw new DeskError("not_found");
  const own = connectionOfOwner(ctx, owner.id);
  if (own?.state === "live") return { row, owner, connection: own, role: "owner" };
  const led = (await ledOwners(ctx)).find((candidate) => candidate.owner.id === owner.id);
  if (led) return { row, owner, connection: led.connection, role: "lead" };
  throw new DeskError("not_found");
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
  ctx: SessionContext,
  { row, owner, connection, role }: VisibleToken,
): Promise<Token> {
  const revocation = row.status === "revoking" ? await openRevocation(ctx.desk.db, row.id) : undefined;
  const token = describeToken(row, owner, role === "owner" ? connection.id : undefined);
  return withRevocation(token, revocation, ctx.desk.clock.now());
}

/** The portal's no, which a sealed copy must not get around. */
const noes = ["connection_ended", "portal_refused"];

/**
 * The value of an own token: from the portal's list, which is the truth, or from the sealed copy while the portal
 * does not answer.
 * @throws DeskError `wrong_state` where the portal lists it no more; `connection_ended`, `portal_refused`; the
 * portal's trouble where no copy is kept.
 */
export async function valueOfOwn(ctx: SessionContext, { row, connection }: VisibleToken): Promise<string> {
  const { desk } = ctx;
  try {
    const { values } = await syncOwner(desk, connection);
    const value = values.find((candidate) => fingerprint(desk.keys, connection.portal, candidate) === row.id);
    if (value !== undefined) return value;
  } catch (error) {
    const known = asDeskError(error, connection.id);
    const isNo = known instanceof DeskError && noes.includes(known.code);
    const sealed = isNo ? undefined : sealedValueOf(desk, row);
    if (sealed !== undefined) return sealed;
    throw known;
  }
  // A mint may take a while to show in the list.
  const sealed = row.listed_at === null ? sealedValueOf(desk, row) : undefined;
  if (sealed !== undefined) return sealed;
  throw new DeskError("wrong_state", { detail: "The portal no longer lists this token." });
}
