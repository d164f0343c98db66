import "server-only";
import type { Receipt, Token } from "@/lib/contracts/tokens";
import { instantOf, seconds } from "../../clock";
import type { Revocation } from "../../store/revocations";
import type { OperationItemTable, OwnerTable, TokenTable } from "../../store/schema";
import { isOverdue } from "../operations/state";

type OwnerNames = Pick<OwnerTable, "portal" | "user_id" | "user_name">;

/** RFC 3339 of milliseconds since the epoch, where there are any. */
export const optionalInstant = (ms: number | null): string | undefined =>
  ms === null ? undefined : instantOf(ms);

/** A receipt as it is kept, times in milliseconds. */
export type StoredReceipt = { acceptedAt?: number; unlistedAt?: number; deadAt?: number };

/** A kept receipt with its times as RFC 3339. */
export const receiptOf = (stored: StoredReceipt): Receipt => ({
  acceptedAt: optionalInstant(stored.acceptedAt ?? null),
  unlistedAt: optionalInstant(stored.unlistedAt ?? null),
  deadAt: optionalInstant(stored.deadAt ?? null),
});

/**
 * A record as the browser may know it. It is made field by field, so that a new column stays in until somebody
 * decides that it may leave; the sealed copy shows only as a flag.
 */
export function describeToken(row: TokenTable, owner: OwnerNames, connectionId: string | undefined): Token {
  return {
    id: row.id,
    hint: row.hint,
    label: row.label,
    status: row.status,
    owner: {
      portal: owner.portal,
      userId: owner.user_id ?? undefined,
      userName: owner.user_name ?? undefined,
    },
    connectionId,
    purpose: row.purpose,
    environment: row.environment,
    tags: row.tags === "[]" ? [] : JSON.parse(row.tags),
    notes: row.notes,
    integrationId: row.integration_id,
    createdAt: optionalInstant(row.created_at),
    firstSeenAt: instantOf(row.first_seen_at),
    createdBy: row.created_by ?? undefined,
    expiresAt: optionalInstant(row.expires_at),
    expiry: row.expiry ?? undefined,
    lastCheck:
      row.check_result && row.checked_at !== null
        ? { result: row.check_result, at: instantOf(row.checked_at) }
        : undefined,
    protected: row.protected === 1,
    sealed: row.sealed_value !== null,
    recovered: row.recovered === 1 ? true : undefined,
    revoked: describeRevoked(row),
  };
}

function describeRevoked(row: TokenTable): Token["revoked"] {
  if (row.status !== "revoked" || row.revoked_at === null || row.revoke_reason === null) return undefined;
  return {
    at: instantOf(row.revoked_at),
    by: row.revoked_by ?? "",
    reason: row.revoke_reason as NonNullable<Token["revoked"]>["reason"],
    receipt: receiptOf(JSON.parse(row.receipt ?? "{}")),
  };
}

/**
 * A token with the revocation that is under way for it, if one is: the caller's own, by its operation, or else the most
 * urgent of others, which are theirs to follow.
 * @param open the most urgent first. @param actors the caller's owner ids.
 */
export function withRevocation(
  token: Token,
  open: Revocation[] | undefined,
  actors: string[],
  now: number,
): Token {
  const own = open?.find(({ actor_owner_id }) => actors.includes(actor_owner_id));
  const revocation = own ?? open?.[0];
  if (token.status !== "revoking" || !revocation) return token;
  return {
    ...token,
    revoking: {
      operationId: own?.operation_id,
      reason: JSON.parse(revocation.request).reason,
      since: instantOf(revocation.created_at),
      lastTryAt: optionalInstant(revocation.last_try_at),
      error: revocation.error ?? undefined,
      acceptedAt: optionalInstant(revocation.accepted_at),
      retryAfter: retryAfterOf(revocation, now),
      overdue: isOverdue(revocation.created_at, now) || undefined,
    },
  };
}

/**
 * In how many whole seconds, at least one, an item is tried next; undefined where it does not wait. One that is `pending` or
 * being sent does not, nor one that was accepted just now and is being proven: its next try is only when the worker would take
 * it up from whoever has begun it.
 */
export function retryAfterOf(
  { state, next_try_at, last_try_at, accepted_at }: OperationItemTable,
  now: number,
): number | undefined {
  const isBeingProven = accepted_at !== null && (last_try_at ?? 0) < accepted_at;
  if (state !== "checking" || isBeingProven || next_try_at === null || next_try_at <= now) return undefined;
  return Math.ceil((next_try_at - now) / seconds(1));
}
