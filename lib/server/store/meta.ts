import "server-only";
import type { Db } from "./schema";

/** The value kept under a name, if any. */
export async function readMeta(db: Db, name: string): Promise<string | undefined> {
  const row = await db.selectFrom("meta").select("value").where("name", "=", name).executeTakeFirst();
  return row?.value;
}

/** Keeps a value under a name, replacing what was there. */
export async function writeMeta(db: Db, name: string, value: string): Promise<void> {
  await db
    .insertInto("meta")
    .values({ name, value })
    .onConflict((c) => c.column("name").doUpdateSet({ value }))
    .execute();
}

/** The value kept under a name, if any, which is kept no longer. */
export async function takeMeta(db: Db, name: string): Promise<string | undefined> {
  const row = await db.deleteFrom("meta").where("name", "=", name).returning("value").executeTakeFirst();
  return row?.value;
}
