import "server-only";
import type { SelectQueryBuilder } from "kysely";
import { among, isPostgres } from "./engine";
import type { Db, Schema } from "./schema";

/*
 * What nobody needs any more, a little of it by each call: nobody else has a turn until a statement is done, and each row goes
 * out of several indexes. Each says whether more may be left.
 */

const mostSessions = 50;
const mostFailures = 100;
/** Each may be as long as a list of 10,000 tokens. */
const mostBaselines = 5;

/** On PostgreSQL what somebody holds is left for the next time: nobody waits, neither they nor we. */
const free = <T extends keyof Schema, O>(tx: Db, rows: SelectQueryBuilder<Schema, T, O>) =>
  isPostgres(tx) ? rows.forUpdate().skipLocked() : rows;

/** Forgets sessions that ended before a moment, with their connections. */
export async function forgetSessions(tx: Db, endedBefore: number): Promise<boolean> {
  const old = tx.selectFrom("sessions").select("id").where("ended_at", "<", endedBefore).limit(mostSessions);
  const rows = await free(tx, old).execute();
  const ids = among(
    tx,
    rows.map(({ id }) => id),
  );
  if (rows.length === 0) return false;
  await tx
    .deleteFrom("connection_tokens")
    .where("connection_id", "in", (e) =>
      e.selectFrom("connections").select("connections.id").where("session_id", "in", ids),
    )
    .execute();
  await tx.deleteFrom("connections").where("session_id", "in", ids).execute();
  await tx.deleteFrom("sessions").where("id", "in", ids).execute();
  return rows.length === mostSessions;
}

/** Forgets counters of failed sign-ins that were changed last before a moment. */
export async function forgetFailures(tx: Db, changedBefore: number): Promise<boolean> {
  const old = tx.selectFrom("sign_in_failures").select("key").where("updated_at", "<", changedBefore);
  const rows = await free(tx, old.limit(mostFailures)).execute();
  const keys = rows.map(({ key }) => key);
  if (keys.length > 0) await tx.deleteFrom("sign_in_failures").where("key", "in", among(tx, keys)).execute();
  return keys.length === mostFailures;
}

/** Forgets what mints began from that are over. */
export async function forgetBaselines(tx: Db): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("operations")
    .set({ baseline: null })
    .where("id", "in", (e) =>
      e
        .selectFrom("operations")
        .select("id")
        .where("baseline", "is not", null)
        .where("state", "in", ["done", "recovered", "failed"])
        .limit(mostBaselines),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows) === mostBaselines;
}
