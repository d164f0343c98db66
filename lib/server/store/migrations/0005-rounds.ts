import "server-only";
import { type Kysely, sql } from "kysely";

/*
 * What is due is asked for each second. By its time alone all of it was read, and sorted by whose it is, however much
 * that was: each item knows who asked for it, and the index gives a person's most urgent without the others.
 */

export async function up(db: Kysely<unknown>): Promise<void> {
  const items = () => db.schema.alterTable("operation_items");
  await items()
    .addColumn("kind", "text", (c) => c.notNull().defaultTo("revoke"))
    .execute();
  await items()
    .addColumn("actor_owner_id", "text", (c) => c.notNull().defaultTo(""))
    .execute();
  const said = (column: "kind" | "actor_owner_id") =>
    sql`(select ${sql.ref(column)} from operations where id = operation_items.operation_id)`;
  await sql`update operation_items set kind = ${said("kind")}, actor_owner_id = ${said("actor_owner_id")}
    where exists (select 1 from operations where id = operation_items.operation_id)`.execute(db);
  await db.schema.dropIndex("operation_items_due").execute();
  await db.schema
    .createIndex("operation_items_round")
    .on("operation_items")
    .columns(["kind", "actor_owner_id", "acting_by", "urgency", "next_try_at"])
    .where(sql.ref("next_try_at"), "is not", null)
    .execute();
}
