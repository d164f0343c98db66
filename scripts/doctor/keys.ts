import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Keys } from "@/lib/server/crypto";
import type { Env } from "@/lib/server/env";
import { codeOf } from "@/lib/server/errors";
import { readKeys, requireSecretOf } from "@/lib/server/services/keys/open";
import { reasonOf } from "@/lib/server/services/reason";
import { readMeta } from "@/lib/server/store/meta";
import { storeFault } from "@/lib/server/store/open";
import type { Db } from "@/lib/server/store/schema";
import { type Deadline, NoAnswer } from "./deadline";
import { bad, but, type Finding, good, unseen } from "./finding";
import { isForItsGroup, othersMayRead } from "./places";

/** What was found of the keys, and the keys themselves where the secret opens them. */
export type KeysState = { findings: Finding[]; keys?: Keys };

/**
 * Whether the secret opens what is sealed in the store, and whether it lies where it should.
 * @param db the store; undefined where it could not be looked at, or is not there yet.
 */
export async function checkKeys(
  env: Env,
  source: NodeJS.ProcessEnv,
  db: Db | undefined,
  inTime: Deadline,
): Promise<KeysState> {
  const findings = whereItLies(env, source);
  if (!db) return { findings: [unseen("no store could be read"), ...findings] };
  try {
    if ((await inTime(readMeta(db, "root_key"))) === undefined)
      return { findings: [good("the store has no key yet: the first start makes it"), ...findings] };
    await inTime(requireSecretOf(db, env));
  } catch (error) {
    if (error instanceof NoAnswer)
      return {
        findings: [bad(`the store gives ${error.message}: see what has its tables locked`), ...findings],
      };
    // What has a code comes from the system, or from the store's engine.
    return { findings: [bad(reasonOf(codeOf(error) ? storeFault(env, error) : error)), ...findings] };
  }
  // Those of an earlier version the start makes anew.
  const keys = await inTime(readKeys(db, env)).catch(() => undefined);
  return { findings: [good("the secret opens the store"), ...findings], keys };
}

function whereItLies({ secret, dataDir, databaseUrl }: Env, source: NodeJS.ProcessEnv): Finding[] {
  const isOwn = secret === undefined;
  const file = isOwn
    ? join(dataDir, "secret")
    : source.TOKENDESK_SECRET
      ? undefined
      : source.TOKENDESK_SECRET_FILE;
  if (!file) return [];
  const findings: Finding[] = [];
  if (othersMayRead(file) && !isForItsGroup(file))
    findings.push(bad(`others may read the secret: chmod 600 ${file}`));
  if (isOwn && existsSync(file))
    findings.push(
      but(
        `the secret lies beside the store, in ${file}: whoever copies the folder has both; set TOKENDESK_SECRET to keep them apart`,
      ),
    );
  else if (!isOwn && !databaseUrl && dirname(resolve(file)) === resolve(dataDir))
    findings.push(
      but(
        `TOKENDESK_SECRET_FILE: ${file} lies beside the store: whoever copies the folder has both; move it elsewhere`,
      ),
    );
  return findings;
}
