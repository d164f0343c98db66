import "server-only";
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { keepSecret, noteSecret, noteTyped } from "./scrub";
import { mapInSlices } from "./slices";

/** Keys of one purpose each, derived from the desk's root key (RFC 5869), so that none can stand in for another. */
export type Keys = {
  id: string;
  session: string;
  sealing: Buffer;
  fingerprint: Buffer;
  audit: Buffer;
  probe: Buffer;
};

const derive = (root: Buffer, label: string) =>
  Buffer.from(hkdfSync("sha256", root, Buffer.alloc(0), `tokendesk/${label}/v1`, 32));

/** The keys that a root key of 32 bytes stands for. */
export function deriveKeys(root: Buffer): Keys {
  const keys = {
    id: derive(root, "key-id").toString("hex").slice(0, 8),
    session: derive(root, "session").toString("base64url"),
    sealing: derive(root, "sealing"),
    fingerprint: derive(root, "fingerprint"),
    audit: derive(root, "audit"),
    probe: derive(root, "probe"),
  };
  const raw = [
    root,
    Buffer.from(keys.session, "base64url"),
    keys.sealing,
    keys.fingerprint,
    keys.audit,
    keys.probe,
  ];
  for (const key of raw) keepSecret(...printedForms(key));
  return keys;
}

/** How a key would look in a print: it is no text that the scrubber could find in its encodings. */
const printedForms = (key: Buffer): string[] => {
  const hex = key.toString("hex");
  return [key.toString("base64url"), key.toString("base64"), hex, hex.replaceAll(/(..)(?!$)/g, "$1 ")];
};

/** The key under which the root key is wrapped: from the operator's secret, salted for each store. */
export function wrappingKey(secret: string, salt: Buffer): Buffer {
  keepSecret(secret);
  return Buffer.from(hkdfSync("sha256", secret, salt, "tokendesk/wrapping/v1", 32));
}

/** Whether somebody gave this secret: how long that takes says nothing of either, nor of how long they are. */
export function isSecret(expected: string, given: string): boolean {
  const [one, other] = [expected, given].map((text) => createHash("sha256").update(text).digest()) as [
    Buffer,
    Buffer,
  ];
  return timingSafeEqual(one, other);
}

/** A sealed text could not be opened: altered, moved from another place, or of another key. */
export class UnsealError extends Error {}

/**
 * Seals a text with AES-256-GCM as `v1.kid.nonce.ciphertext.tag` (parts after `kid` in base64url), with a fresh
 * 96-bit nonce. `place` (table, row, purpose) and key id are authenticated, so a sealed text opens only where it
 * was put. @param note tells the scrubber of it: `noteTyped` where it may be what somebody pasted.
 */
export function seal(key: Buffer, keyId: string, place: string, text: string, note = noteSecret): string {
  note(text);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
  cipher.setAAD(Buffer.from(`${place}\n${keyId}`));
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return ["v1", keyId, ...[nonce, body, cipher.getAuthTag()].map((part) => part.toString("base64url"))].join(
    ".",
  );
}

/**
 * Opens what `seal` made for the same key and place, and notes it likewise.
 * @throws UnsealError when anything about it does not fit.
 */
export function unseal(key: Buffer, keyId: string, place: string, sealed: string, note = noteSecret): string {
  const [version, kid, nonce, body, tag, ...rest] = sealed.split(".");
  if (version !== "v1" || kid !== keyId || !nonce || body === undefined || !tag || rest.length > 0)
    throw new UnsealError("not a sealed text of this key");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64url"), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(`${place}\n${keyId}`));
    decipher.setAuthTag(Buffer.from(tag, "base64url"));
    const bytes = Buffer.concat([decipher.update(Buffer.from(body, "base64url")), decipher.final()]);
    const text = bytes.toString("utf8");
    note(text);
    return text;
  } catch {
    throw new UnsealError("altered, or sealed for another place");
  }
}

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** Lower-case RFC 4648 base32 without padding. */
function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >>> bits) & 31];
    }
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text;
}

/**
 * A token's id: `tok_` and 26 characters (130 bits) of HMAC-SHA-256 over portal id and value. Under its own key,
 * so that a stolen store cannot be searched with a list of values. The value may be anything that somebody pasted.
 */
export function fingerprint(keys: Keys, portal: string, value: string): string {
  noteTyped(value);
  return tokenIdOf(keys, portal, value);
}

function tokenIdOf(keys: Keys, portal: string, value: string): string {
  const mac = createHmac("sha256", keys.fingerprint).update(portal).update("\0").update(value).digest();
  return `tok_${base32(mac).slice(0, 26)}`;
}

/** Values that a portal listed, by their ids; made in slices. */
export const fingerprintsOf = async (
  keys: Keys,
  portal: string,
  values: readonly string[],
): Promise<Map<string, string>> =>
  new Map(
    await mapInSlices(values, (value) => {
      noteSecret(value);
      return [tokenIdOf(keys, portal, value), value] as const;
    }),
  );

/** A fresh id of 128 random bits: `ses_…`, `con_…`. Never of a credential's form, so that the scrubber leaves it. */
export const newId = (prefix: string): string => `${prefix}_${base32(randomBytes(16))}`;

/**
 * The id of a session's row, made from the secret in its cookie: a row that is given another cookie's hash is not that
 * cookie's session. It tells nothing of the secret.
 */
export const sessionIdOf = (sid: string): string =>
  `ses_${base32(createHash("sha256").update(`session id\n${sid}`).digest()).slice(0, 26)}`;

/** 256 random bits as text. */
export function newSecret(): string {
  const secret = randomBytes(32).toString("base64url");
  noteSecret(secret);
  return secret;
}

/** SHA-256 in hexadecimal digits. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
