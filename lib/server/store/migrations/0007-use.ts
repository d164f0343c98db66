import "server-only";
import { type Kysely, sql } from "kysely";
import { isPostgres } from "../engine";

/*
 * What has ended costs nobody anything: what is open, live or current is found by indexes that have only that, whoever it
 * belongs to; and what is forgotten after a time is found by that time.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  const index = (name: string) => db.schema.createIndex(name);
  const isOpen = sql<boolean>`ended_at is null`;

  // By `ended_at` alone those that are open were read all, each second, for the few whose time is over.
  await db.schema.dropIndex("sessions_ended").execute();
  await index("sessions_ended")
    .on("sessions")
    .column("ended_at")
    .where(sql<boolean>`ended_at is not null`)
    .execute();
  await index("sessions_open").on("sessions").column("id").where(isOpen).execute();
  await index("sessions_active").on("sessions").column("last_active_at").where(isOpen).execute();
  await index("sessions_expiry").on("sessions").column("expires_at").where(isOpen).execute();
  await index("sessions_owner").on("sessions").columns(["owner_id", "ended_at"]).execute();

  await index("operations_open")
    .on("operations")
    .column("kind")
    .where(sql<boolean>`state in ('pending', 'sending', 'checking')`)
    .execute();
  await index("operations_baseline")
    .on("operations")
    .column("state")
    .where(sql<boolean>`baseline is not null`)
    .execute();

  await index("tokens_current")
    .on("tokens")
    .columns(["owner_id", "id"])
    .where(sql<boolean>`status <> 'revoked'`)
    .execute();
  await index("tokens_revoked")
    .on("tokens")
    .columns(["owner_id", "revoked_at"])
    .where(sql<boolean>`status = 'revoked'`)
    .execute();

  const name = isPostgres(db) ? sql`lower(user_name collate "C")` : sql`lower(user_name)`;
  await index("owners_name").on("owners").column("portal").expression(name).column("user_id").execute();
  await index("owners_merged")
    .on("owners")
    .column("merged_into")
    .where(sql<boolean>`merged_into is not null`)
    .execute();

  await index("sign_in_failures_age").on("sign_in_failures").column("updated_at").execute();
}
