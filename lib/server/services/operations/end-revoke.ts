import "server-only";
import type { AuditResult } from "@/lib/contracts/audit";
import type { ProblemCode } from "@/lib/contracts/problem";
import { tokenHint } from "@/lib/shared/token-hint";
import { operationById, updateOpenItem } from "../../store/operations";
import { openRevocations } from "../../store/revocations";
import type { Db, OperationItemTable, TokenTable } from "../../store/schema";
import { insertTokens, lockTokens, tokenById, updateTokens } from "../../store/tokens";
import { forOwner } from "../audit/for-owner";
import { type AuditEvent, recordAll } from "../audit/record";
import { endingMadeWith, endMadeWith } from "../connections/end";
import type { Desk } from "../desk";
import { resolveOwner } from "../owners/resolve";
import { emptyToken } from "../tokens/empty";
import { type ItemKey, isSeen, type RevokeItem } from "./revoke-item";
import { actorOf, contextOf, refreshOperation } from "./state";

/*
 * Each of these looks again whether the item is open, under its owner's lock: whoever else revokes the token may have
 * brought it to its end meanwhile, and an end is final.
 */

/**
 * The portal said that the token is deleted, or that there is none. Not a proof yet; but nobody goes on acting here by a
 * token that its owner or their lead has had deleted. What somebody else was told touches no record and no session.
 */
export async function noteAccepted(desk: Desk, { item, portal }: RevokeItem): Promise<void> {
  const now = desk.clock.now();
  const noting = desk.db.transaction().execute(async (tx) => {
    await lockOwner(tx, item);
    const change = { accepted_at: now, state: "checking", error: null } as const;
    if (!(await updateOpenItem(tx, item, change))) return;
    if (isSeen(item) && item.token_id) await endMadeWith(desk, tx, [item.token_id]);
  });
  await endingMadeWith(desk, isSeen(item) && item.token_id ? [item.token_id] : [], noting);
  desk.lists.invalidate(portal, item.owner_id);
}

/** The portal's no, which is final: the token is what it was before, unless somebody else is revoking it too. */
export async function refuseRevocation(desk: Desk, open: RevokeItem, code: ProblemCode): Promise<void> {
  const { item } = open;
  const now = desk.clock.now();
  await desk.db.transaction().execute(async (tx) => {
    await lockOwner(tx, item);
    const change = { state: "failed", error: code, next_try_at: null, sealed_value: null } as const;
    if (!(await updateOpenItem(tx, item, change))) return;
    await refreshOperation(tx, item.operation_id, now);
    const token = item.token_id ? await tokenById(tx, item.token_id) : undefined;
    const isLast = token && (await openRevocations(tx, [token.id])).length === 0;
    if (isSeen(item) && isLast && token.status === "revoking" && item.previous_status)
      await updateTokens(tx, [token.id], {
        status: item.previous_status as TokenTable["status"],
        status_at: now,
      });
    await recordOutcome(desk, tx, open, code === "portal_refused" ? "refused" : "failed", { code });
  });
}

/**
 * Proven: the token is revoked, and every sealed copy of it is erased. Whoever else asked for it, and has a record of it,
 * has what they wanted. Who has none ends their own wish, and begins the record of a token that nobody has.
 */
export async function finishRevocation(desk: Desk, open: RevokeItem): Promise<void> {
  const { item } = open;
  const now = desk.clock.now();
  await desk.db.transaction().execute(async (tx) => {
    await lockOwner(tx, item);
    const known = item.token_id ? await tokenById(tx, item.token_id) : undefined;
    const token = known ?? (await recordStranger(tx, open));
    const mayWrite = isSeen(item) || !known;
    const others = mayWrite ? await openRevocations(tx, [token.id]) : [];
    const ended: RevokeItem[] = [];
    // In one order for everybody: two who finish each other's wait for their operations.
    for (const one of [...others.filter((other) => !isSame(other, item)), item].sort(byPlace))
      if (await endItem(tx, one, item, now)) {
        const operation = await operationById(tx, one.operation_id);
        if (operation) ended.push({ ...open, operation, item: one });
      }
    // By its value a token may be revoked twice; who revoked it first did.
    const first = ended.find((one) => isSame(one.item, item));
    if (first && mayWrite && token.status !== "revoked")
      await updateTokens(tx, [token.id], {
        status: "revoked",
        status_at: now,
        sealed_value: null,
        revoked_at: now,
        revoked_by: first.operation.actor_name,
        revoke_reason: JSON.parse(first.operation.request).reason,
        receipt: JSON.stringify(receiptOf(item)),
      });
    // A token that is dead opens nothing here any more, whoever proved it.
    if (first && (mayWrite || item.dead_at !== null)) await endMadeWith(desk, tx, [token.id]);
    // Whoever brought it about comes first.
    const told = ended.sort((a, b) => Number(isSame(b.item, item)) - Number(isSame(a.item, item)));
    for (const one of told) await recordOutcome(desk, tx, one, "ok", receiptOf(one.item));
  });
}

/** Ends one item with the proofs of the one that was finished; that the portal accepted it is each one's own. */
async function endItem(
  tx: Db,
  one: OperationItemTable,
  { unlisted_at, dead_at }: OperationItemTable,
  now: number,
): Promise<boolean> {
  Object.assign(one, { unlisted_at, dead_at });
  const end = { state: "done", error: null, next_try_at: null, sealed_value: null } as const;
  if (!(await updateOpenItem(tx, one, { ...end, unlisted_at, dead_at }))) return false;
  await refreshOperation(tx, one.operation_id, now);
  return true;
}

const receiptOf = ({ accepted_at, unlisted_at, dead_at }: OperationItemTable): Record<string, number> =>
  JSON.parse(
    JSON.stringify({
      acceptedAt: accepted_at ?? undefined,
      unlistedAt: unlisted_at ?? undefined,
      deadAt: dead_at ?? undefined,
    }),
  );

const isSame = (one: ItemKey, other: ItemKey): boolean =>
  one.operation_id === other.operation_id && one.position === other.position;

const byPlace = (one: ItemKey, other: ItemKey): number =>
  one.operation_id === other.operation_id
    ? one.position - other.position
    : one.operation_id < other.operation_id
      ? -1
      : 1;

/** A token that nobody here had heard of, revoked by its value: its record begins with its end. */
async function recordStranger(tx: Db, { item, portal, value, operation }: RevokeItem): Promise<TokenTable> {
  const tokenId = item.token_id ?? "";
  const { owner } = await resolveOwner(tx, portal, null, [tokenId], operation.created_at);
  const row: TokenTable = {
    ...emptyToken,
    id: tokenId,
    owner_id: owner.id,
    hint: tokenHint(value ?? ""),
    status: "revoking",
    first_seen_at: operation.created_at,
    status_at: operation.created_at,
  };
  await insertTokens(tx, [row]);
  return (await tokenById(tx, tokenId)) ?? row;
}

/** First, as all who write tokens do: a retry of another item holds the owner, and waits for the operation. */
const lockOwner = (tx: Db, { token_id }: RevokeItem["item"]) => lockTokens(tx, token_id ? [token_id] : []);

async function recordOutcome(
  desk: Desk,
  tx: Db,
  { operation, item, portal }: RevokeItem,
  result: AuditResult,
  detail: Record<string, string | number>,
): Promise<void> {
  const token = item.token_id ? await tokenById(tx, item.token_id) : undefined;
  const tokenId = item.token_id ?? undefined;
  // Its name and whose it is are for those who may see it; its owner hears of it either way.
  const seen = isSeen(item) ? { ownerId: token?.owner_id, label: token?.label ?? undefined } : {};
  const entry: AuditEvent = {
    action: "token.revoke",
    result,
    actor: actorOf(operation),
    target: { ...seen, portal, tokenId },
    operationId: operation.id,
    detail,
  };
  const entries = isSeen(item) ? [entry] : [entry, forOwner(entry, token?.owner_id)];
  await recordAll(tx, contextOf(desk, operation), entries);
}
