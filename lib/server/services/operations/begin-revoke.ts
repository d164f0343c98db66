import "server-only";
import type { ProblemCode } from "@/lib/contracts/problem";
import type { RevokeInput } from "@/lib/contracts/tokens";
import { minutes } from "../../clock";
import { newId } from "../../crypto";
import { DeskError } from "../../errors";
import { insertOperation } from "../../store/operations";
import type { OperationItemTable, OperationTable } from "../../store/schema";
import { claimForRevocation } from "../../store/tokens";
import { personOf, recordAll } from "../audit/record";
import type { SessionConnection, SessionContext } from "../context";
import { refuseValues } from "../tokens/refuse-values";
import { emptyItem } from "./empty-item";
import { refreshOperation } from "./state";
import { sealForRevocation } from "./values";

/**
 * One token to revoke. `ownerId` is missing for a token that nobody here has heard of. With an `error` there is
 * nothing to send: the item only tells why.
 */
export type Target = {
  tokenId: string;
  value: string;
  error?: ProblemCode;
  connection: SessionConnection;
  ownerId?: string;
  userName?: string;
  label?: string | null;
  /** By its value a token may be sent to the portal whatever the desk thinks of it; its record then stays as it is. */
  whateverStatus?: boolean;
};

/**
 * Records a revocation before anything is sent: the values sealed until proof, the tokens `revoking`, the intent
 * in the trail. The worker takes it up if this process does not get to finish it.
 * @param inline whether the caller drives it right away; the worker then keeps off for a while.
 * @returns the operation's items. A token that somebody else is revoking is a failed one.
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
  await refuseValues(desk, [note]);
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
    request: JSON.stringify({ reason, note, portals: targets.map(({ connection }) => connection.portal) }),
    baseline: null,
    created_at: now,
    updated_at: now,
  };
  const dueAt = now + (inline ? minutes(1) : 0);
  return desk.db.transaction().execute(async (tx) => {
    const wanted = targets.filter(({ error }) => error === undefined).map(({ tokenId }) => tokenId);
    const taken = await claimForRevocation(tx, wanted, now);
    const items = targets.map((target, position): OperationItemTable => {
      const item = {
        ...emptyItem,
        operation_id: operation.id,
        position,
        owner_id: target.ownerId ?? "",
        connection_id: target.connection.id,
        acting_owner_id: target.connection.ownerId,
        token_id: target.tokenId,
        label: target.label ?? null,
        previous_status: taken.get(target.tokenId) ?? null,
      };
      const isLate = !taken.has(target.tokenId) && !target.whateverStatus;
      const error = target.error ?? (isLate ? "wrong_state" : undefined);
      if (error) return { ...item, state: "failed", error };
      return { ...item, next_try_at: dueAt, sealed_value: sealForRevocation(desk, item, target.value) };
    });
    const sent = targets.filter((_, position) => items[position]?.state !== "failed");
    if (inline && sent.length === 0) throw new DeskError(items[0]?.error as ProblemCode);
    await insertOperation(tx, operation, items);
    await refreshOperation(tx, operation.id, now);
    await recordAll(
      tx,
      ctx,
      sent.map((target) => ({
        action: "token.revoke",
        result: "intent",
        actor: personOf(ctx, role === "lead" ? "lead" : undefined),
        target: {
          ownerId: target.ownerId,
          portal: target.connection.portal,
          userName: target.userName,
          tokenId: target.tokenId,
          label: target.label ?? undefined,
        },
        operationId: operation.id,
        detail: { reason, ...(note ? { note } : {}) },
      })),
    );
    return items;
  });
}
