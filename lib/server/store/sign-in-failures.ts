import "server-only";
import type { Db, SignInFailureTable } from "./schema";

export const failuresOf = (db: Db, keys: string[]): Promise<SignInFailureTable[]> =>
  db.selectFrom("sign_in_failures").selectAll().where("key", "in", keys).execute();

export async function saveFailures(tx: Db, row: SignInFailureTable): Promise<void> {
  const { key: _, ...change } = row;
  await tx
    .insertInto("sign_in_failures")
    .values(row)
    .onConflict((c) => c.column("key").doUpdateSet(change))
    .execute();
}

export const clearFailures = (tx: Db, keys: string[]) =>
  tx.deleteFrom("sign_in_failures").where("key", "in", keys).execute();
