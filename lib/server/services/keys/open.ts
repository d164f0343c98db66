import "server-only";
import { randomBytes } from "node:crypto";
import { deriveKeys, type Keys } from "../../crypto";
import type { Env } from "../../env";
import { auditHead } from "../../store/audit";
import { tableNames } from "../../store/engine";
import type { Db } from "../../store/schema";
import { keepKnownCheckpoints } from "../audit/known-checkpoints";
import { KeyError } from "./key-error";
import { makeOwnSecret, readOwnSecrets, settleOwnSecret } from "./secret-file";
import { readWrappedKey, unwrapKey, type WrappedKey, wrapKey } from "./wrapped-key";

/**
 * Opens the desk's keys: one random root key, kept in the store wrapped under `TOKENDESK_SECRET`, so that a
 * change of the secret rewraps one row. On a new store the root key is made here. A change of the desk's own secret
 * that was interrupted is brought to its end.
 * @throws KeyError when the secret is not the one that the store was made under, or the store has lost its key.
 */
export async function openKeys(db: Db, env: Pick<Env, "secret" | "dataDir">): Promise<Keys> {
  const { root, secret } = await db.transaction().execute((tx) => openRootKey(tx, env));
  if (env.secret === undefined) settleOwnSecret(env.dataDir, secret);
  return deriveKeys(root);
}

/**
 * The keys of a store that a desk may be working on: nothing is made here, and nothing brought to its end.
 * @throws KeyError
 */
export async function readKeys(db: Db, env: Pick<Env, "secret" | "dataDir">): Promise<Keys> {
  const opened = unwrapAs(await readWrappedKey(db), env);
  if (!opened) throw new KeyError("the store has no key yet");
  if (opened.isEarlier)
    throw new KeyError("the store is of an earlier version: the start of the desk brings it up to date");
  return deriveKeys(opened.root);
}

/**
 * Whether the secret opens a store that has a key, without making or changing anything.
 * @throws KeyError
 */
export async function requireSecretOf(db: Db, env: Pick<Env, "secret" | "dataDir">): Promise<void> {
  if ((await tableNames(db)).has("meta")) unwrapAs(await readWrappedKey(db), env);
}

/**
 * The root key itself, and the secret that it lies under. For `openKeys`, and for wrapping it anew. Where a key is made or the
 * store is of an earlier version, the store counts its checkpoints from here on; at no other time a count that is not there is
 * begun again, or taking it out would be enough to be believed.
 * @throws KeyError
 */
export async function openRootKey(
  tx: Db,
  env: Pick<Env, "secret" | "dataDir">,
): Promise<{ root: Buffer; secret: string }> {
  const { wrapped, salt } = await readWrappedKey(tx);
  const opened = unwrapAs({ wrapped, salt }, env);
  if (opened && !opened.isEarlier) return opened;
  // A new key for old records would quietly make strangers of all of them.
  if (!opened && (wrapped || salt || (await auditHead(tx)).seq > 0))
    throw new KeyError("the store has lost its key: restore it from a backup");
  const { root, secret } = opened ?? {
    root: randomBytes(32),
    secret: env.secret ?? makeOwnSecret(env.dataDir),
  };
  await wrapKey(tx, root, secret);
  await keepKnownCheckpoints(tx, deriveKeys(root), { written: 0 });
  return { root, secret };
}

function unwrapAs({ wrapped, salt }: WrappedKey, env: Pick<Env, "secret" | "dataDir">) {
  if (!wrapped || !salt) return undefined;
  const secrets = env.secret === undefined ? readOwnSecrets(env.dataDir) : [env.secret];
  const opened = unwrapKey({ wrapped, salt }, secrets);
  if (!opened)
    throw new KeyError(
      "TOKENDESK_SECRET is not the one this store was made with: set that one (a backup opens with the secret of its own time)",
    );
  return opened;
}
