import { existsSync } from "node:fs";
import type { Env } from "@/lib/server/env";
import { reasonOf } from "@/lib/server/services/reason";
import { FolderLockedError, lockFile, lockFolder, sqliteFile } from "@/lib/server/store/folder";
import { openStoreToRead, requireKnownVersion, storeFault, versionOf } from "@/lib/server/store/open";
import type { Db } from "@/lib/server/store/schema";
import { checkCheckpoints } from "./checkpoints";
import { checkServer } from "./database-server";
import { type Deadline, NoAnswer } from "./deadline";
import { bad, but, type Finding, good, many, unseen } from "./finding";
import { checkPlaces } from "./places";

/** What was found of the store, and what others need of it. */
export type StoreState = {
  findings: Finding[];
  /**
   * Open for reading, where it is there and of a version that is known. It stays open for as long as the process lives: closing
   * it could fold SQLite's log into the file.
   */
  db?: Db;
  /** Whether a desk works on it; undefined where nobody can tell. */
  isTaken?: boolean;
  /** The database's clock against this machine's, in milliseconds. */
  skewMs?: number;
};

/** Looks at the store as a start would, and beside a desk that works on it: nothing is made, migrated or written there. */
export async function checkStoreState(env: Env, inTime: Deadline): Promise<StoreState> {
  const { findings, footing } = checkPlaces(env);
  if (env.databaseUrl) {
    const server = await checkServer(env.databaseUrl, inTime);
    findings.push(...server.findings);
    if (!server.isUsable) return { findings };
    return { isTaken: server.isTaken, skewMs: server.skewMs, ...(await openToLook(env, findings, inTime)) };
  }
  if (footing === "bad")
    return { findings: [...findings, unseen("nothing can be written there, or a part of it cannot")] };
  if (footing === "missing" || !existsSync(sqliteFile(env.dataDir)))
    return {
      findings: [...findings, good("SQLite; there is no store yet: the first start makes it")],
      isTaken: false,
    };
  const { isTaken, fault } = lookAtLock(env.dataDir);
  if (fault) return { findings: [...findings, fault] };
  return { isTaken, ...(await openToLook(env, findings, inTime)) };
}

/** A lock that nobody ever took is not made: it would belong to whoever runs this. */
function lookAtLock(folder: string): { isTaken?: boolean; fault?: Finding } {
  if (!existsSync(lockFile(folder))) return { isTaken: false };
  try {
    lockFolder(folder, () => {})();
    return { isTaken: false };
  } catch (error) {
    return error instanceof FolderLockedError ? { isTaken: true } : { fault: bad(reasonOf(error)) };
  }
}

async function openToLook(
  env: Env,
  findings: Finding[],
  inTime: Deadline,
): Promise<Pick<StoreState, "findings" | "db">> {
  let db: Db | undefined;
  try {
    db = openStoreToRead(env);
    await inTime(requireKnownVersion(db));
    const version = await inTime(versionOf(db));
    findings.push(versionFinding(env.databaseUrl ? "PostgreSQL" : "SQLite", version));
    if (!version) return { findings };
    findings.push(...(await inTime(checkCheckpoints(db, env))));
    return { findings, db };
  } catch (error) {
    // It may wait for whoever does not answer.
    void db?.destroy().catch(() => {});
    if (error instanceof NoAnswer)
      return {
        findings: [
          ...findings,
          bad(
            `${error.message} from the store's tables: see what has them locked, or whether it stands still`,
          ),
        ],
      };
    return { findings: [...findings, bad(reasonOf(storeFault(env, error)))] };
  }
}

function versionFinding(engine: string, version: { at: string; behind: number } | undefined): Finding {
  if (!version) return good(`${engine}; its tables are not there yet: the first start makes them`);
  const at = `${engine}; its tables are at ${version.at}`;
  if (version.behind === 0) return good(`${at}, as this Tokendesk wants them`);
  return but(
    `${at}, ${many(version.behind, "step")} behind this Tokendesk: the start takes them further, and an older Tokendesk cannot use them then; make a backup before`,
  );
}
