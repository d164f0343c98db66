import "server-only";
import type { ProblemCode } from "@/lib/contracts/problem";
import type { RevokeInput } from "@/lib/contracts/tokens";
import { minutes } from "../../clock";
import { newId } from "../../crypto";
import { DeskError } from "../../errors";
import { mapInSlices } from "../../slices";
import { countOpen, insertOperation } from "../../store/operations";
import { withMerged } from "../../store/owners";
import type { OperationItemTable, OperationTable } from "../../store/schema";
import { tokensByIds } from "../../store/tokens";
import { forOwner } from "../audit/for-owner";
import { type AuditEvent, personOf, recordAll } from "../audit/record";
import { isCredentialOf } from "../connections/credential";
import { requireLiveConnection } from "../connections/find";
import { isJudgedWithin, judgedLatelyMs, mayBeLate } from "../connections/judged";
import type { SessionConnection, SessionContext } from "../context";
import type { Desk } from "../desk";
import type { StoredReceipt } from "../tokens/describe";
import { refuseValues } from "../tokens/refuse-values";
import { claimTokens } from "./claim";
import { emptyItem } from "./empty-item";
import { refreshOperation } from "./state";
import { unknownUrgency, urgenciesOf, urgencyAsked } from "./urgency";
import { sealForRevocation } from "./values";

/** So many values that they have no record of a person may have waiting: each is kept sealed until it comes to its end. */
const mostUnseen = 500;

/**
 * One token to revoke. `ownerId` is missing where the person has no record of it: then no record is touched. With an
 * `error` there is nothing to send: the item only tells why. Without a `value` the portal's list gives it, once it can be asked.
 */
export type Target = {
  tokenId: string;
  value?: string;
  error?: ProblemCode;
  connection: SessionConnection;
  ownerId?: string;
  userName?: string;
  label?: string | null;
  /** Where it is revoked already: there is nothing to send, and this is what proves it. */
  proof?: StoredReceipt;
  /** By its value a token may be sent to the portal whatever the desk thinks of it; its record then stays as it is. */
  whateverStatus?: boolean;
};

/**
 * Records a revocation before anything is sent: the values sealed until proof, the tokens `revoking`, the intent
 * in the trail. The worker takes it up if this process does not get to finish it.
 * @param inline whether the caller drives it right away; the worker then keeps off for a while.
 * @returns the operation's items. A token that the person is revoking already is a failed one.
 * @throws DeskError `wrong_state` where nothing is left to revoke; `token_in_text`; `audit_unavailable`.
 */
export async function beginRevocation(
  ctx: SessionContext,
  targets: Target[],
  role: "owner" | "lead",
  { reason, note }: RevokeInput,
  inline: boolean,
): Promise<OperationItemTable[]> {
  const { desk, from, session } = ctx;
  await refuseValues(ctx, [note]);
  const now = desk.clock.now();
  const operation: OperationTable = {
    id: newId("op"),
    kind: "revoke",
    state: "pending",
    actor_owner_id: session.ownerId,
    actor_name: session.user.userName,
    actor_portal: session.user.portal,
    actor_role: role,
    ip: from.ip,
    request_id: from.requestId,
    idempotency_key: null,
    request_hash: null,
    request: JSON.stringify({
      reason,
      note,
      ...(inline ? {} : { bulk: true }),
    }),
    baseline: null,
    created_at: now,
    updated_at: now,
  };
  const dueAt = now + (inline ? minutes(1) : 0);
  const sealed = await mapInSlices(targets, ({ value }, position) =>
    value !== undefined ? sealForRevocation(desk, { operation_id: operation.id, position }, value) : null,
  );
  return desk.db.transaction().execute(async (tx) => {
    const actors = await withMerged(tx, [session.ownerId]);
    const unseen = targets.find(({ error, ownerId }) => !error && !ownerId);
    if (unseen && (await countOpen(tx, actors, unseen.connection.provedBy, unknownUrgency)) >= mostUnseen)
      throw new DeskError("too_many_requests", { retryAfter: 60 });
    const urgencies = await urgenciesOf(tx, actors, reason, targets);
    const wanted = targets.flatMap(({ error, proof, ownerId, tokenId, connection }, position) => {
      const urgency = Math.max(urgencyAsked(reason, targets.length), urgencies[position] ?? unknownUrgency);
      return error || proof || !ownerId ? [] : { tokenId, by: connection.provedBy, urgency };
    });
    const claims = await claimTokens(tx, wanted, actors, now);
    const items = await mapInSlices(targets, (target, position): OperationItemTable => {
      const claim = claims.get(target.tokenId);
      const item = {
        ...emptyItem,
        operation_id: operation.id,
        position,
        kind: operation.kind,
        actor_owner_id: operation.actor_owner_id,
        owner_id: target.ownerId ?? "",
        connection_id: target.connection.id,
        acting_owner_id: target.connection.ownerId,
        acting_by: target.connection.provedBy,
        portal: target.connection.portal,
        token_id: target.tokenId,
        label: target.label ?? null,
        urgency: urgencies[position] ?? unknownUrgency,
        confined: isConfined(desk, target),
        previous_status: claim?.previous ?? null,
      };
      const isTaken = claim && !claim.free && !(target.whateverStatus && !claim.mine);
      const error = target.error ?? (isTaken ? "wrong_state" : undefined);
      if (error) return { ...item, state: "failed", error };
      if (target.proof) return { ...item, state: "done", ...itemReceipt(target.proof) };
      return { ...item, next_try_at: dueAt, sealed_value: sealed[position] ?? null };
    });
    const taken = targets.filter((_, position) => items[position]?.state !== "failed");
    if (inline && taken.length === 0) throw new DeskError(items[0]?.error as ProblemCode);
    // Who has a record of it hears of it, whoever asked.
    const records = await tokensByIds(
      tx,
      targets.map(({ tokenId }) => tokenId),
    );
    const owners = new Map(records.map(({ id, owner_id }) => [id, owner_id]));
    await insertOperation(tx, operation, items);
    await refreshOperation(tx, operation.id, now);
    for (const connection of new Set(targets.map((target) => target.connection)))
      await requireLiveConnection(desk, tx, connection);
    await recordAll(
      tx,
      ctx,
      taken.flatMap((target) => {
        const { ownerId, tokenId, userName, label, connection } = target;
        const { portal } = connection;
        const entry: AuditEvent = {
          action: "token.revoke",
          result: target.proof ? "ok" : "intent",
          actor: personOf(ctx, role === "lead" ? "lead" : undefined),
          target: { ownerId, portal, userName, tokenId, label: label ?? undefined },
          operationId: operation.id,
          detail: { reason, ...(note ? { note } : {}) },
        };
        return ownerId ? [entry] : [entry, forOwner(entry, owners.get(tokenId))];
      }),
    );
    return items;
  });
}

const itemReceipt = ({ acceptedAt, unlistedAt, deadAt }: StoredReceipt) => ({
  accepted_at: acceptedAt ?? null,
  unlisted_at: unlistedAt ?? null,
  dead_at: deadAt ?? null,
});

/**
 * Whether only the connection it was asked with may act, and no longer than it lives: whoever came in by a token, which may
 * have leaked, asks by that token alone, for anything but its own end. Whoever the portal has not judged lately may have a
 * dead credential, and nobody else's does what they ask. While the portal cannot be asked a password's connection counts as it
 * did before: for a quarter of an hour where it asks for a pause, which somebody can bring about.
 */
export function isConfined(desk: Desk, { connection, tokenId }: Target): OperationItemTable["confined"] {
  if (connection.provedBy === "token" && !isCredentialOf(desk, connection, tokenId)) return 1;
  if (isJudgedWithin(desk, connection, judgedLatelyMs)) return 0;
  const { state } = desk.portal.status(connection.portal);
  const isGood = state !== "up" && connection.provedBy === "password";
  return isGood && mayBeLate(desk, connection, state === "down") ? 0 : 1;
}
