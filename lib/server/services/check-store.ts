import "server-only";
import { existsSync } from "node:fs";
import type { Env } from "../env";
import { lockFolder, probePlaces, sqliteFile } from "../store/folder";
import { openStore, requireKnownVersion, storeFault } from "../store/open";
import { connectTo, databaseFault, requireUsable } from "../store/postgres-server";
import { KeyError } from "./keys/key-error";
import { requireSecretOf } from "./keys/open";

/**
 * Finds out whether a desk of this configuration can start, and leaves everything as it is: its places take what is written,
 * nobody else works in the folder, the database can be used, the store is of a version that is known and opens with the secret.
 * Another desk at work on a database is no fault: it is waited for.
 * @throws StoreError, KeyError
 */
export async function checkStore(env: Env): Promise<void> {
  probePlaces(env);
  if (env.databaseUrl) await askServer(env.databaseUrl);
  else {
    lockFolder(env.dataDir, () => {})();
    if (!existsSync(sqliteFile(env.dataDir))) return;
  }
  const db = openStore(env);
  try {
    await requireKnownVersion(db);
    await requireSecretOf(db, env);
  } catch (error) {
    throw error instanceof KeyError ? error : storeFault(env, error);
  } finally {
    await db.destroy();
  }
}

async function askServer(url: string): Promise<void> {
  const client = await connectTo(url).catch((error: unknown) => {
    throw databaseFault(error);
  });
  try {
    await requireUsable(client, url);
  } catch (error) {
    throw databaseFault(error);
  } finally {
    await client.end();
  }
}
