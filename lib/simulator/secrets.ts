import { createHash, randomBytes, randomInt } from "node:crypto";

/** The forms in which tokens are seen: the documented prefix, none, and one that nobody foresaw. */
export type TokenForm = "prefixed" | "bare" | "unforeseen";

/**
 * 8-4-4-4-12 hexadecimal digits. The portal's values carry no RFC 4122 version, so the digit in its place
 * is drawn from those that no such version uses: code that asks for a valid UUID fails here, not in use.
 */
export function newBareToken(): string {
  const hex = randomBytes(16).toString("hex");
  const notAVersion = "0abcdef".charAt(randomInt(7));
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    notAVersion + hex.slice(13, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/** A new token in one of the forms. The unforeseen one has another prefix, capitals and another length. */
export function newToken(form: TokenForm): string {
  if (form === "prefixed") return `aws80:${newBareToken()}`;
  if (form === "bare") return newBareToken();
  return `eu-west_2.${randomBytes(21).toString("base64url")}~${randomInt(10)}`;
}

/** A password that can be typed: letters and digits, about 80 bits. */
export function newPassword(): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  const pick = (length: number) =>
    Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join("");
  return [pick(5), pick(5), pick(6)].join("-");
}

/** The first 12 hexadecimal digits of a secret's SHA-256: enough to tell calls apart in the log. */
export function fingerprint(secret: string): string {
  return createHash("sha256").update(secret).digest("hex").slice(0, 12);
}
