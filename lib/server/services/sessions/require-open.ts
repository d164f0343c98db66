import "server-only";
import { DeskError } from "../../errors";
import type { Db } from "../../store/schema";
import { lockSession } from "../../store/sessions";
import { lockTokens, tokensByIds } from "../../store/tokens";
import type { Desk } from "../desk";
import type { Proof } from "./prove";

/**
 * Wants the session still open, inside the transaction that gives it a credential: what was proved for a session that
 * ended meanwhile must not be kept by it.
 * @throws DeskError `session_ended`
 */
export async function requireOpenSession(desk: Desk, tx: Db, id: string): Promise<void> {
  const session = await lockSession(tx, id);
  if (!session || session.ended_at !== null || desk.over.has(id)) throw new DeskError("session_ended");
}

/**
 * Wants a token that nobody with a right to it is revoking, and that was not found to be gone or dead since the portal was
 * asked, inside the transaction that keeps it as a credential: the portal may have accepted it a moment before its end, and
 * may go on doing so for a while.
 * @throws DeskError `invalid_credentials`
 */
export async function requireLivingToken(
  tx: Db,
  { madeWith, startedAt }: Pick<Proof, "madeWith" | "startedAt">,
): Promise<void> {
  // Behind whoever is just ending it.
  await lockTokens(tx, madeWith);
  for (const { status, status_at, check_result, checked_at } of await tokensByIds(tx, madeWith)) {
    const isRevoked = status === "revoking" || status === "revoked";
    const isGone = status === "disappeared" && status_at >= startedAt;
    const isDead = check_result === "dead" && (checked_at ?? 0) >= startedAt;
    if (isRevoked || isGone || isDead) throw new DeskError("invalid_credentials");
  }
}
