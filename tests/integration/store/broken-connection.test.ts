import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { migrate, openStore } from "@/lib/server/store/open";
import type { Db } from "@/lib/server/store/schema";
import { createDatabase } from "../../support/postgres";

let url: string;
let db: Db;
beforeAll(async () => {
  url = await createDatabase(inject("postgresUrl"));
  db = openStore({ dataDir: "", databaseUrl: url });
  await migrate(db);
});
afterAll(() => db?.destroy());

/** Cuts every connection to the database, as a restart of the server or of a network would. */
async function cutConnections(): Promise<void> {
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
  await other.end();
}

// Node ends a process over an error that nobody listens for, and a connection in a transaction has no query to fail.
test("a connection that breaks between two queries fails its transaction, and ends no process", async () => {
  const failed = db.transaction().execute(async (tx) => {
    await sql`select 1`.execute(tx);
    await cutConnections();
    // The socket's end has to be seen while nothing is asked on it.
    await expect.poll(() => sql`select 1`.execute(db).then(() => true)).toBe(true);
    await sql`select 1`.execute(tx);
  });
  await expect(failed).rejects.toThrow();
  expect((await sql<{ two: number }>`select 2 as two`.execute(db)).rows).toEqual([{ two: 2 }]);
});
