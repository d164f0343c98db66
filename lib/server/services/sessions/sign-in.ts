import "server-only";
import type { SignInInput } from "@/lib/contracts/sessions";
import { hours } from "../../clock";
import { newSecret, sessionIdOf, sha256 } from "../../crypto";
import { DeskError } from "../../errors";
import type { SessionTable } from "../../store/schema";
import { endSession, insertSession, sessionBySidHash } from "../../store/sessions";
import { record } from "../audit/record";
import { addConnection } from "../connections/add";
import type { DeskContext } from "../context";
import type { Desk } from "../desk";
import { ownerName, recordMerged, resolveOwner } from "../owners/resolve";
import { sessionEvent } from "./end";
import { endIfOverdue } from "./end-overdue";
import type { Proof } from "./prove";
import { attemptedName, attemptedPortal, isRefusal, proveAllowed } from "./prove-allowed";
import { requireLivingToken } from "./require-open";

/** What the session cookie may know: an opaque session id of 256 bits, and whose sessions they are. */
export type SignedIn = { id: string; sid: string };

/**
 * Signs a person in: allowed and not throttled, then the portal, then session, sealed credential and audit entry
 * in one transaction. The store keeps only SHA-256 of the session id (ASVS 7.2.3). A session that the same
 * browser had before is ended (ASVS 7.2.4).
 * @param previousSid of the cookie that came along, if any.
 * @throws DeskError `not_allowed_here`, `token_sign_in_off`, `throttled`, `invalid_credentials`, `store_full`, or the
 * portal's trouble; each failure that can be is in the audit trail.
 */
export async function signIn(ctx: DeskContext, input: SignInInput, previousSid?: string): Promise<SignedIn> {
  try {
    return await open(ctx, await proveAllowed(ctx, input), previousSid);
  } catch (error) {
    if (!(error instanceof DeskError && ["audit_unavailable", "store_full"].includes(error.code)))
      await recordFailure(ctx, input, error);
    throw error;
  }
}

async function open(ctx: DeskContext, proof: Proof, previousSid?: string): Promise<SignedIn> {
  const { desk } = ctx;
  const before = previousSid ? await openSessionOf(desk, previousSid) : undefined;
  return desk.db.transaction().execute(async (tx) => {
    const now = desk.clock.now();
    const resolved = await resolveOwner(tx, proof.portal, proof.user, proof.tokenIds, now);
    const { owner } = resolved;
    await requireLivingToken(tx, proof);
    const previous = before && (await endSession(tx, before.id, now, "signed_in_again")) ? before : undefined;
    const sid = newSecret();
    const id = sessionIdOf(sid);
    await insertSession(tx, {
      id,
      sid_hash: sha256(sid),
      owner_id: owner.id,
      created_at: now,
      last_active_at: now,
      expires_at: now + hours(desk.env.sessionMaxHours),
      ended_at: null,
      end_reason: null,
      ip: ctx.from.ip,
      user_agent: ctx.from.userAgent.slice(0, 300),
    });
    await addConnection(desk, tx, id, owner, proof);
    const actor = { ownerId: owner.id, portal: proof.portal, userName: ownerName(owner) };
    if (previous) await record(tx, ctx, { ...(await sessionEvent(tx, previous)), actor, result: "ok" });
    await record(tx, ctx, {
      action: "session.sign_in",
      result: "ok",
      actor,
      detail: { with: proof.provedBy },
    });
    await recordMerged(tx, ctx, resolved);
    return { id: owner.id, sid };
  });
}

/** The session that the same browser has; undefined where it has none, or its time was over. */
async function openSessionOf(desk: Desk, sid: string): Promise<SessionTable | undefined> {
  const row = await sessionBySidHash(desk.db, sha256(sid));
  if (!row || row.id !== sessionIdOf(sid) || row.ended_at !== null) return undefined;
  return (await endIfOverdue(desk, row)) ? undefined : row;
}

async function recordFailure(ctx: DeskContext, input: SignInInput, error: unknown): Promise<void> {
  await ctx.desk.db.transaction().execute((tx) =>
    record(tx, ctx, {
      action: "session.sign_in_failed",
      result: isRefusal(error) ? "refused" : "failed",
      actor: { portal: attemptedPortal(ctx, input), userName: attemptedName(input) },
      detail: { code: error instanceof DeskError ? error.code : "internal" },
    }),
  );
}
