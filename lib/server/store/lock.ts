import "server-only";
import type { StorePlace } from "./open";
import { lockDatabase } from "./postgres-lock";
import { lockFolder } from "./sqlite";

/**
 * Takes the store for this process, as every desk and every command that writes to it must: one of them at a time.
 * @param onLost called when a lock that was held breaks.
 * @param wait whether to wait for a database that another process has; a folder is never waited for.
 * @returns the release.
 * @throws FolderLockedError, DatabaseLockedError
 */
export async function lockStore(
  { dataDir, databaseUrl }: StorePlace,
  onLost: () => void,
  wait: boolean,
): Promise<() => void | Promise<void>> {
  return databaseUrl ? lockDatabase(databaseUrl, onLost, wait) : lockFolder(dataDir);
}
