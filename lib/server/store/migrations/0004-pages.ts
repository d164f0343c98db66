import "server-only";
import type { Kysely } from "kysely";

/*
 * An owner's records are read a page at a time, so that others have their turn between two of them: a page is found by
 * owner and id. Of what is revoked it is kept how whoever asked was proved: a token may have leaked, and what is asked by it
 * is not its owner's own wish.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex("tokens_owner").execute();
  await db.schema.createIndex("tokens_owner_id").on("tokens").columns(["owner_id", "id"]).execute();
  await db.schema
    .alterTable("operation_items")
    .addColumn("acting_by", "text", (c) => c.notNull().defaultTo("password"))
    .execute();
  // Null where it stands in the operation's request: with 1,500 of them there, each item read all.
  await db.schema.alterTable("operation_items").addColumn("portal", "text").execute();
  await db.schema
    .createIndex("operation_items_owner")
    .on("operation_items")
    .columns(["owner_id", "state"])
    .execute();
}
