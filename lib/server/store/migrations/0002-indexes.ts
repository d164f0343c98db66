import "server-only";
import type { Kysely } from "kysely";

/*
 * What is asked all the time must not read all there has ever been. Entries of the trail and ended sessions are kept:
 * a search that goes through every one of them takes longer each month, and on SQLite nobody else gets a turn meanwhile.
 */

/** Finds what somebody did by their name, what was done by its kind, and the sessions that are open. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex("audit_actor_name").on("audit").columns(["actor_name", "seq"]).execute();
  await db.schema.createIndex("audit_action").on("audit").columns(["action", "seq"]).execute();
  await db.schema.createIndex("sessions_ended").on("sessions").column("ended_at").execute();
}
