import "server-only";
import { type Kysely, sql } from "kysely";
import { isPostgres } from "../engine";

const text = "text" as const;
// On SQLite any type name with INT in it is a 64-bit integer; on PostgreSQL times need this one.
const integer = "bigint" as const;

/** The first tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("meta")
    .addColumn("name", text, (c) => c.primaryKey())
    .addColumn("value", text, (c) => c.notNull())
    .execute();

  await db.schema
    .createTable("owners")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("portal", text, (c) => c.notNull())
    .addColumn("user_id", text)
    .addColumn("user_name", text)
    .addColumn("full_name", text)
    .addColumn("merged_into", text)
    .addColumn("tokens_version", integer, (c) => c.notNull().defaultTo(0))
    .addColumn("created_at", integer, (c) => c.notNull())
    .addUniqueConstraint("owners_user", ["portal", "user_id"])
    .execute();

  await db.schema
    .createTable("sessions")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("sid_hash", text, (c) => c.notNull().unique())
    .addColumn("owner_id", text, (c) => c.notNull())
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("last_active_at", integer, (c) => c.notNull())
    .addColumn("expires_at", integer, (c) => c.notNull())
    .addColumn("ended_at", integer)
    .addColumn("end_reason", text)
    .addColumn("ip", text, (c) => c.notNull())
    .addColumn("user_agent", text, (c) => c.notNull())
    .execute();

  await db.schema
    .createTable("connections")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("session_id", text, (c) => c.notNull())
    .addColumn("portal", text, (c) => c.notNull())
    .addColumn("owner_id", text, (c) => c.notNull())
    .addColumn("roles", text, (c) => c.notNull())
    .addColumn("roles_at", integer, (c) => c.notNull())
    .addColumn("proved_by", text, (c) => c.notNull())
    .addColumn("proved_at", integer, (c) => c.notNull())
    .addColumn("state", text, (c) => c.notNull())
    .addColumn("sealed_credential", text)
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("ended_at", integer)
    .execute();
  await db.schema.createIndex("connections_session").on("connections").column("session_id").execute();
  await db.schema.createIndex("connections_owner").on("connections").columns(["owner_id", "state"]).execute();

  await db.schema
    .createTable("tokens")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("owner_id", text, (c) => c.notNull())
    .addColumn("hint", text, (c) => c.notNull())
    .addColumn("status", text, (c) => c.notNull())
    .addColumn("label", text)
    .addColumn("purpose", text)
    .addColumn("environment", text)
    .addColumn("tags", text, (c) => c.notNull().defaultTo("[]"))
    .addColumn("notes", text)
    .addColumn("integration_id", text)
    .addColumn("created_at", integer)
    .addColumn("first_seen_at", integer, (c) => c.notNull())
    .addColumn("listed_at", integer)
    .addColumn("created_by", text)
    .addColumn("expires_at", integer)
    .addColumn("expiry", text)
    .addColumn("checked_at", integer)
    .addColumn("check_result", text)
    .addColumn("protected", integer, (c) => c.notNull().defaultTo(0))
    .addColumn("recovered", integer, (c) => c.notNull().defaultTo(0))
    .addColumn("sealed_value", text)
    .addColumn("revoked_at", integer)
    .addColumn("revoked_by", text)
    .addColumn("revoke_reason", text)
    .addColumn("receipt", text)
    .addColumn("status_at", integer, (c) => c.notNull())
    .execute();
  await db.schema.createIndex("tokens_owner").on("tokens").columns(["owner_id", "status"]).execute();

  await createOperations(db);
  await createAudit(db);

  await db.schema
    .createTable("sign_in_failures")
    .addColumn("key", text, (c) => c.primaryKey())
    .addColumn("failures", integer, (c) => c.notNull())
    .addColumn("blocked_until", integer, (c) => c.notNull())
    .addColumn("updated_at", integer, (c) => c.notNull())
    .execute();
}

async function createOperations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("operations")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("kind", text, (c) => c.notNull())
    .addColumn("state", text, (c) => c.notNull())
    .addColumn("actor_owner_id", text, (c) => c.notNull())
    .addColumn("actor_name", text, (c) => c.notNull())
    .addColumn("actor_portal", text, (c) => c.notNull())
    .addColumn("actor_role", text, (c) => c.notNull())
    .addColumn("ip", text, (c) => c.notNull())
    .addColumn("request_id", text, (c) => c.notNull())
    .addColumn("idempotency_key", text)
    .addColumn("request_hash", text)
    .addColumn("request", text, (c) => c.notNull())
    .addColumn("baseline", text)
    .addColumn("created_at", integer, (c) => c.notNull())
    .addColumn("updated_at", integer, (c) => c.notNull())
    .addUniqueConstraint("operations_key", ["actor_owner_id", "idempotency_key"])
    .execute();

  await db.schema
    .createTable("operation_items")
    .addColumn("operation_id", text, (c) => c.notNull())
    .addColumn("position", integer, (c) => c.notNull())
    .addColumn("owner_id", text, (c) => c.notNull())
    .addColumn("connection_id", text)
    .addColumn("acting_owner_id", text)
    .addColumn("token_id", text)
    .addColumn("label", text)
    .addColumn("state", text, (c) => c.notNull())
    .addColumn("error", text)
    .addColumn("attempts", integer, (c) => c.notNull().defaultTo(0))
    .addColumn("next_try_at", integer)
    .addColumn("last_try_at", integer)
    .addColumn("sealed_value", text)
    .addColumn("previous_status", text)
    .addColumn("accepted_at", integer)
    .addColumn("unlisted_at", integer)
    .addColumn("dead_at", integer)
    .addPrimaryKeyConstraint("operation_items_key", ["operation_id", "position"])
    .execute();
  await db.schema.createIndex("operation_items_due").on("operation_items").column("next_try_at").execute();
  await db.schema.createIndex("operation_items_token").on("operation_items").column("token_id").execute();
}

/** The audit trail: the engine itself refuses to change or delete an entry. */
async function createAudit(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("audit")
    .addColumn("seq", integer, (c) => c.primaryKey())
    .addColumn("at", integer, (c) => c.notNull())
    .addColumn("action", text, (c) => c.notNull())
    .addColumn("result", text, (c) => c.notNull())
    .addColumn("actor_owner_id", text)
    .addColumn("target_owner_id", text)
    .addColumn("actor_name", text, (c) => c.notNull())
    .addColumn("token_id", text)
    .addColumn("body", text, (c) => c.notNull())
    .addColumn("prev", text, (c) => c.notNull())
    .addColumn("hash", text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex("audit_token").on("audit").columns(["token_id", "seq"]).execute();
  await db.schema.createIndex("audit_actor").on("audit").columns(["actor_owner_id", "seq"]).execute();
  await db.schema.createIndex("audit_target").on("audit").columns(["target_owner_id", "seq"]).execute();

  await db.schema
    .createTable("audit_head")
    .addColumn("id", integer, (c) => c.primaryKey())
    .addColumn("seq", integer, (c) => c.notNull())
    .addColumn("hash", text, (c) => c.notNull())
    .execute();
  await sql`insert into audit_head (id, seq, hash) values (1, 0, ${"0".repeat(64)})`.execute(db);

  if (isPostgres(db)) {
    await sql`create function audit_is_append_only() returns trigger language plpgsql as
      'begin raise exception ''the audit trail is append-only''; end'`.execute(db);
    await sql`create trigger audit_append_only before update or delete on audit
      for each row execute function audit_is_append_only()`.execute(db);
    await sql`create trigger audit_no_truncate before truncate on audit
      for each statement execute function audit_is_append_only()`.execute(db);
  } else {
    for (const event of ["update", "delete"])
      await sql`create trigger ${sql.ref(`audit_no_${event}`)} before ${sql.raw(event)} on audit
        begin select raise(abort, 'the audit trail is append-only'); end`.execute(db);
    // INSERT OR REPLACE deletes without firing the trigger above.
    await sql`create trigger audit_no_replace before insert on audit
      when exists (select 1 from audit where seq = new.seq)
      begin select raise(abort, 'the audit trail is append-only'); end`.execute(db);
  }
}
