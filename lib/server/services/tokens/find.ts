import "server-only";
import type { AuditAction } from "@/lib/contracts/audit";
import type { Token } from "@/lib/contracts/tokens";
import { fingerprintsOf } from "../../crypto";
import { DeskError } from "../../errors";
import type { ListOptions } from "../../portal/list-cache";
import { mapInSlices } from "../../slices";
import { ownerById, ownersByIds, withMerged } from "../../store/owners";
import { openRevocations } from "../../store/revocations";
import type { Db, OwnerTable, TokenTable } from "../../store/schema";
import { tokensByIds } from "../../store/tokens";
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

type FindOptions = { portalJudges?: boolean };

/**
 * A token by its id, if the caller may see it.
 * @param options `portalJudges` for what the portal is asked on the caller's own credential anyway.
 * @throws DeskError `not_found`, the same for what does not exist and for what is not theirs; the portal's trouble where
 * it could not be asked about the caller for too long.
 */
export async function findToken(
  ctx: SessionContext,
  id: string,
  options: FindOptions = {},
): Promise<VisibleToken> {
  const [found] = await findTokens(ctx, [id], options);
  if (!found) throw new DeskError("not_found");
  return found;
}

/**
 * As `findToken` for many, in their order.
 * @throws as `findToken` for the first that it would throw for.
 */
export async function findTokens(
  ctx: SessionContext,
  ids: string[],
  options: FindOptions = {},
): Promise<VisibleToken[]> {
  const found = await lookUpTokens(ctx, ids, options);
  return found.map((token) => {
    if (token instanceof Error) throw token;
    return token;
  });
}

/** As `findTokens`, with what it would throw in the place of each token: a few statements, however many they are. */
export async function lookUpTokens(
  ctx: SessionContext,
  ids: string[],
  { portalJudges = false }: FindOptions = {},
): Promise<(VisibleToken | Error)[]> {
  const rows = new Map((await tokensByIds(ctx.desk.db, ids)).map((row) => [row.id, row]));
  const owners = await currentOwners(
    ctx.desk.db,
    new Set([...rows.values()].map(({ owner_id }) => owner_id)),
  );
  const ownOf = (owner: OwnerTable | undefined) => {
    const own = owner && connectionOfOwner(ctx, owner.id);
    return own?.state === "live" ? own : undefined;
  };
  const areAllOwn = ids.every((id) => ownOf(owners.get(rows.get(id)?.owner_id ?? "")));
  const led = areAllOwn ? undefined : await askLed(ctx, { lately: portalJudges });
  const leading = new Map(led?.owners.map(({ owner, connection }) => [owner.id, connection]));
  return mapInSlices(ids, (id): VisibleToken | Error => {
    const row = rows.get(id);
    const owner = owners.get(row?.owner_id ?? "");
    const own = ownOf(owner);
    if (own?.unjudged && !portalJudges) return own.unjudged;
    if (row && owner && own) return { row, owner, connection: own, role: "owner" };
    const connection = leading.get(owner?.id ?? "");
    if (row && owner && connection) return { row, owner, connection, role: "lead" };
    // Where the portal could not say whom the caller leads, it may be a token of theirs.
    return led?.trouble instanceof Error ? led.trouble : new DeskError("not_found");
  });
}

/** The owners of these ids, each as whoever it was merged into. */
async function currentOwners(db: Db, ids: Set<string>): Promise<Map<string, OwnerTable>> {
  const owners = new Map((await ownersByIds(db, [...ids])).map((owner) => [owner.id, owner]));
  for (const [id, owner] of owners) {
    const current = owner.merged_into ? await ownerById(db, owner.merged_into) : owner;
    if (current) owners.set(id, current);
  }
  return owners;
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
  const [found] = await findOwnTokens(ctx, [id], action);
  if (!found) throw new DeskError("not_found");
  return found;
}

/** The same for many. */
export async function findOwnTokens(
  ctx: SessionContext,
  ids: string[],
  action: AuditAction,
): Promise<VisibleToken[]> {
  const found = await findTokens(ctx, ids);
  const led = found.find(({ role }) => role === "lead");
  if (!led) return found;
  const error = new DeskError("forbidden", { detail: "Only the token's own user may do this." });
  return refuse(ctx, { action, target: auditTarget(led), role: "lead" }, error);
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
  options: Pick<ListOptions, "fresh" | "priority"> = {},
): Promise<string> {
  const { desk } = ctx;
  try {
    const { values } = await syncOwner(desk, connection, options);
    const value = (await fingerprintsOf(desk.keys, connection.portal, values)).get(row.id);
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
