import "server-only";
import type { AuditResult } from "@/lib/contracts/audit";
import type { ProblemCode } from "@/lib/contracts/problem";
import { hint } from "../../hint";
import { updateItem } from "../../store/operations";
import type { Db, TokenTable } from "../../store/schema";
import { insertTokens, lockTokens, tokenById, updateTokens } from "../../store/tokens";
import { record } from "../audit/record";
import type { Desk } from "../desk";
import { resolveOwner } from "../owners/resolve";
import { emptyToken } from "../tokens/empty";
import type { RevokeItem } from "./revoke-item";
import { actorOf, contextOf, refreshOperation } from "./state";

/** The portal said that the token is deleted, or that there is none. Not a proof yet. */
export async function noteAccepted(desk: Desk, open: RevokeItem): Promise<void> {
  const now = desk.clock.now();
  await desk.db.transaction().execute(async (tx) => {
    const ownerId = open.item.owner_id || (await recordStranger(tx, open, now));
    await updateItem(tx, open.item, { accepted_at: now, owner_id: ownerId, state: "checking", error: null });
  });
  desk.lists.invalidate(open.portal, open.item.owner_id);
}

/** A token that nobody here had heard of, revoked by its value: its record begins with its end. */
async function recordStranger(tx: Db, { item, portal, value }: RevokeItem, now: number) {
  const tokenId = item.token_id ?? "";
  const { owner } = await resolveOwner(tx, portal, null, [tokenId], now);
  const row: TokenTable = {
    ...emptyToken,
    id: tokenId,
    owner_id: owner.id,
    hint: hint(value ?? ""),
    status: "revoking",
    first_seen_at: now,
    status_at: now,
  };
  await insertTokens(tx, [row]);
  return owner.id;
}

/** The portal's no, which is final: the token is what it was before. */
export async function refuseRevocation(desk: Desk, open: RevokeItem, code: ProblemCode): Promise<void> {
  const { item } = open;
  const now = desk.clock.now();
  await desk.db.transaction().execute(async (tx) => {
    await lockOwner(tx, item);
    await updateItem(tx, item, { state: "failed", error: code, next_try_at: null, sealed_value: null });
    await refreshOperation(tx, item.operation_id, now);
    const token = item.token_id ? await tokenById(tx, item.token_id) : undefined;
    if (token?.status === "revoking" && item.previous_status)
      await updateTokens(tx, [token.id], {
        status: item.previous_status as TokenTable["status"],
        status_at: now,
      });
    await recordOutcome(desk, tx, open, code === "portal_refused" ? "refused" : "failed", { code });
  });
}

/** Proven: the token is revoked, and every sealed copy of it is erased. */
export async function finishRevocation(desk: Desk, open: RevokeItem): Promise<void> {
  const { item, operation } = open;
  const now = desk.clock.now();
  const receipt = {
    acceptedAt: item.accepted_at ?? undefined,
    unlistedAt: item.unlisted_at ?? undefined,
    deadAt: item.dead_at ?? undefined,
  };
  await desk.db.transaction().execute(async (tx) => {
    await lockOwner(tx, item);
    await updateItem(tx, item, { state: "done", error: null, next_try_at: null, sealed_value: null });
    await refreshOperation(tx, item.operation_id, now);
    const token = item.token_id ? await tokenById(tx, item.token_id) : undefined;
    // By its value a token may be revoked twice; who revoked it first did.
    if (token && token.status !== "revoked")
      await updateTokens(tx, [token.id], {
        status: "revoked",
        status_at: now,
        sealed_value: null,
        revoked_at: now,
        revoked_by: operation.actor_name,
        revoke_reason: JSON.parse(operation.request).reason,
        receipt: JSON.stringify(receipt),
      });
    await recordOutcome(desk, tx, open, "ok", JSON.parse(JSON.stringify(receipt)));
  });
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
  await record(tx, contextOf(desk, operation), {
    action: "token.revoke",
    result,
    actor: actorOf(operation),
    target: {
      ownerId: token?.owner_id,
      portal,
      tokenId: item.token_id ?? undefined,
      label: token?.label ?? undefined,
    },
    operationId: operation.id,
    detail,
  });
}
