import "server-only";
import type { Db } from "./schema";

/*
 * What a store that came out of a backup takes back, for the world has gone on since: sessions that may have been
 * ended, mints that may have been sent, tokens that may have been listed.
 */

/** Ends every session and erases every credential. @returns how many sessions were open. */
export async function endEverySession(tx: Db, at: number): Promise<number> {
  const open = await tx
    .updateTable("sessions")
    .set({ ended_at: at, end_reason: "restored" })
    .where("ended_at", "is", null)
    .returning("id")
    .execute();
  await tx
    .updateTable("connections")
    .set({ state: "ended", sealed_credential: null, ended_at: at })
    .where("state", "=", "live")
    .execute();
  // Whatever ended otherwise keeps its row; a credential must not outlive it.
  await tx.updateTable("connections").set({ sealed_credential: null }).execute();
  await tx.deleteFrom("connection_tokens").execute();
  return open.length;
}

/**
 * Takes mints that had not been sent for sent: they may have been since. Their tokens are looked for among those
 * that the store does not know, so that none is taken for the new one.
 */
export async function supposeSent(tx: Db, at: number): Promise<number> {
  const open = await tx
    .selectFrom("operation_items")
    .innerJoin("operations", "operations.id", "operation_items.operation_id")
    .select(["operation_items.operation_id", "operation_items.owner_id"])
    // What a mint began from is long: only whether it is there.
    .select((e) => e("operations.baseline", "is not", null).$castTo<boolean>().as("has_begun"))
    .distinct()
    .where("operations.kind", "=", "mint")
    .where("operation_items.state", "in", ["pending", "sending"])
    .execute();
  for (const { operation_id, owner_id, has_begun } of open) {
    await tx
      .updateTable("operation_items")
      .set({ state: "sending", last_try_at: at, next_try_at: at })
      .where("operation_id", "=", operation_id)
      .where("state", "in", ["pending", "sending"])
      .execute();
    if (has_begun) continue;
    const known = await tx.selectFrom("tokens").select("id").where("owner_id", "=", owner_id).execute();
    await tx
      .updateTable("operations")
      .set({ baseline: JSON.stringify(known.map(({ id }) => id)), state: "sending", updated_at: at })
      .where("id", "=", operation_id)
      .execute();
  }
  return open.length;
}

/**
 * Takes tokens minted before a moment for listed: one that the next list does not show has disappeared, and is not
 * merely slow to appear.
 */
export async function supposeListed(tx: Db, before: number): Promise<void> {
  await tx
    .updateTable("tokens")
    .set((e) => ({ listed_at: e.ref("created_at") }))
    .where("listed_at", "is", null)
    .where("created_at", "<", before)
    .execute();
}

/** How many revocations are under way. */
export async function countOpenRevocations(tx: Db): Promise<number> {
  const { count } = await tx
    .selectFrom("operation_items")
    .innerJoin("operations", "operations.id", "operation_items.operation_id")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("operations.kind", "=", "revoke")
    .where("operation_items.state", "in", ["pending", "sending", "checking"])
    .executeTakeFirstOrThrow();
  return count;
}
