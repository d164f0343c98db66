import "server-only";
import { type Kysely, sql } from "kysely";

/*
 * What a right rests on is noted where it is found again: the tokens that a connection was made with, so that it ends
 * with any of them; the accounts that a rule of `TOKENDESK_ALLOW` may name; and how urgent a revocation is, so that none
 * waits behind less urgent ones.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("connection_tokens")
    .addColumn("token_id", "text", (c) => c.notNull())
    .addColumn("connection_id", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("connection_tokens_key", ["token_id", "connection_id"])
    .execute();
  await db.schema
    .createIndex("connection_tokens_connection")
    .on("connection_tokens")
    .column("connection_id")
    .execute();
  // Unknown for connections made before: a rule that names an account wants those made anew.
  await db.schema.alterTable("connections").addColumn("accounts", "text").execute();
  await db.schema
    .alterTable("operation_items")
    .addColumn("urgency", "bigint", (c) => c.notNull().defaultTo(1))
    .execute();
  await db.schema
    .alterTable("operation_items")
    .addColumn("confined", "bigint", (c) => c.notNull().defaultTo(0))
    .execute();
  // What is over waits for nothing; some was put off after its end.
  await sql`update operation_items set next_try_at = null where state in ('done', 'failed', 'recovered')`.execute(
    db,
  );
  await sql`update operation_items set urgency = 2 where owner_id = ''`.execute(db);
  await sql`update operation_items set urgency = 0 where owner_id <> '' and operation_id in
    (select id from operations where kind = 'revoke' and request like '%"reason":"compromised"%')`.execute(
    db,
  );
}
