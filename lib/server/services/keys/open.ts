import "server-only";
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deriveKeys, type Keys, newSecret, seal, UnsealError, unseal, wrappingKey } from "../../crypto";
import type { Env } from "../../env";
import { auditHead } from "../../store/audit";
import { readMeta, writeMeta } from "../../store/meta";
import type { Db } from "../../store/schema";

/** The store's keys cannot be opened with this secret. */
export class KeyError extends Error {}

const place = "meta\nroot_key\nwrapped";
const wrapId = "secret";

/**
 * Opens the desk's keys: one random root key, kept in the store wrapped under `TOKENDESK_SECRET`, so that a
 * change of the secret rewraps one row. On a new store the root key is made here.
 * @throws KeyError when the secret is not the one that the store was made under, or the store has lost its key.
 */
export async function openKeys(db: Db, env: Pick<Env, "secret" | "dataDir">): Promise<Keys> {
  const secret = env.secret ?? automaticSecret(env.dataDir);
  return db.transaction().execute(async (tx) => {
    const wrapped = await readMeta(tx, "root_key");
    const salt = await readMeta(tx, "root_salt");
    if (wrapped && salt) return deriveKeys(unwrap(wrapped, secret, salt));
    // A new key for old records would quietly make strangers of all of them.
    if (wrapped || salt || (await auditHead(tx)).seq > 0)
      throw new KeyError("the store has lost its key: restore it from a backup");
    const root = randomBytes(32);
    const newSalt = randomBytes(16);
    await writeMeta(tx, "root_salt", newSalt.toString("hex"));
    await writeMeta(
      tx,
      "root_key",
      seal(wrappingKey(secret, newSalt), wrapId, place, root.toString("base64url")),
    );
    return deriveKeys(root);
  });
}

function unwrap(wrapped: string, secret: string, salt: string): Buffer {
  try {
    const key = wrappingKey(secret, Buffer.from(salt, "hex"));
    return Buffer.from(unseal(key, wrapId, place, wrapped), "base64url");
  } catch (error) {
    if (error instanceof UnsealError)
      throw new KeyError("TOKENDESK_SECRET is not the one this store was made with");
    throw error;
  }
}

/** A loopback desk's own secret: made once, readable by its owner alone, beside the database that it protects. */
function automaticSecret(folder: string): string {
  const file = join(folder, "secret");
  const known = readIfThere(file);
  if (known !== undefined) {
    if (known.length < 32) throw new KeyError(`${file} is damaged: it wants at least 32 characters`);
    return known;
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const secret = newSecret();
  // Whole and on disk before anything is sealed under it: a store whose secret is lost cannot be read again.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${secret}\n`, { mode: 0o600, flush: true });
  renameSync(draft, file);
  // Windows has no handle on a folder to do this with.
  if (process.platform !== "win32") {
    const directory = openSync(folder, "r");
    fsyncSync(directory);
    closeSync(directory);
  }
  return secret;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new KeyError(`${file} cannot be read`);
  }
}
