import "server-only";
import { lockFolder } from "./folder";
import type { StorePlace } from "./open";
import { lockDatabase } from "./postgres-lock";

/**
 * Takes the store for this process, as every desk and every command that writes to it must: one of them at a time.
 * @param onLost called when a lock that was held breaks.
 * @param onWait called once where another process has the database, which is then waited for; a folder never is.
 * @returns the release.
 * @throws StoreError
 */
export async function lockStore(
  { dataDir, databaseUrl }: StorePlace,
  onLost: () => void,
  onWait?: () => void,
): Promise<() => void | Promise<void>> {
  return databaseUrl ? lockDatabase(databaseUrl, onLost, onWait) : lockFolder(dataDir, onLost);
}
