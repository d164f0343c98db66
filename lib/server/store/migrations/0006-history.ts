import "server-only";
import { type Kysely, type RawBuilder, sql } from "kysely";

/*
 * Whatever a page of the trail is filtered by has an index that ends in the entry's number, so that its newest entries are
 * found without the others (`audit-search.ts`).
 */

/** Everything that can be asked for beside whose entries: who did it, and what was done. */
const filters = [[], ["actor_name"], ["action"], ["actor_name", "action"]];

/** What was done to somebody by themselves is found by who did it. */
const byOthers = sql`target_owner_id is not null and actor_owner_id is distinct from target_owner_id`;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const name of ["audit_token", "audit_actor", "audit_target", "audit_actor_name", "audit_action"])
    await db.schema.dropIndex(name).execute();
  const index = async (columns: string[], where?: RawBuilder<unknown>) => {
    const name = `audit_${columns.map((column) => column.replace(/_owner_id$|^actor_(?=name)/, "")).join("_")}`;
    const made = sql`create index ${sql.ref(name)} on audit (${sql.join([...columns, "seq"].map((column) => sql.ref(column)))})`;
    await (where ? sql`${made} where ${where}` : made).execute(db);
  };
  for (const columns of filters) {
    if (columns.length > 0) await index(columns);
    await index(["actor_owner_id", ...columns], sql`actor_owner_id is not null`);
    await index(["target_owner_id", ...columns], byOthers);
  }
  // A token has few entries, and what else they are asked for lies beside them.
  await sql`create index audit_token on audit
    (token_id, seq, action, actor_name, actor_owner_id, target_owner_id) where token_id is not null`.execute(
    db,
  );
  await sql`create index audit_block on audit ((seq / 4096), at, seq)`.execute(db);
}
