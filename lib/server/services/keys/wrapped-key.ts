import "server-only";
import { randomBytes } from "node:crypto";
import { seal, UnsealError, unseal, wrappingKey } from "../../crypto";
import { noteErased } from "../../store/erased";
import { readMeta, writeMeta } from "../../store/meta";
import type { Db } from "../../store/schema";

/*
 * The desk's one root key as it lies in the store: wrapped under the operator's secret, with a salt of its own.
 * Everything else is sealed under keys derived from it, so that another secret means this row and no other.
 */

const place = "meta\nroot_key\ncounting";
/** Of a store that was made before it counted its checkpoints. Nobody without the secret puts a key back there. */
const earlierPlace = "meta\nroot_key\nwrapped";
const wrapId = "secret";

/** Both rows, or what is left of them. */
export type WrappedKey = { wrapped?: string; salt?: string };

export const readWrappedKey = async (db: Db): Promise<WrappedKey> => ({
  wrapped: await readMeta(db, "root_key"),
  salt: await readMeta(db, "root_salt"),
});

/** Wraps the root key under a secret, with a fresh salt, in place of what was there. Only inside a transaction. */
export async function wrapKey(tx: Db, root: Buffer, secret: string): Promise<void> {
  const salt = randomBytes(16);
  await writeMeta(tx, "root_salt", salt.toString("hex"));
  await writeMeta(tx, "root_key", seal(wrappingKey(secret, salt), wrapId, place, root.toString("base64url")));
  noteErased("meta");
}

/**
 * The root key of 32 bytes, which of the secrets opened it, and whether the store is one of an earlier version, that counts no
 * checkpoints yet; undefined where none does.
 */
export function unwrapKey(
  { wrapped, salt }: Required<WrappedKey>,
  secrets: string[],
): { root: Buffer; secret: string; isEarlier: boolean } | undefined {
  for (const secret of secrets) {
    const key = wrappingKey(secret, Buffer.from(salt, "hex"));
    for (const where of [place, earlierPlace]) {
      try {
        const root = Buffer.from(unseal(key, wrapId, where, wrapped), "base64url");
        return { root, secret, isEarlier: where === earlierPlace };
      } catch (error) {
        if (!(error instanceof UnsealError)) throw error;
      }
    }
  }
  return undefined;
}
