import { createHash } from "node:crypto";

/**
 * How a secret may hide in other text: as it is, in capitals, URL-encoded, as a JSON string, in hexadecimal digits, as
 * its plain hash, and in base64 and base64url at each of the three places where it can begin inside a longer text.
 */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].flatMap((shift) => {
    const padded = Buffer.concat([Buffer.alloc(shift), bytes]);
    // The ends depend on what stands around it.
    const skip = shift === 0 ? 0 : 4;
    const body = (text: string) => text.replace(/=+$/, "").slice(skip, -2);
    return [body(padded.toString("base64")), body(padded.toString("base64url"))];
  });
  const forms = [
    secret,
    secret.toLowerCase(),
    secret.toUpperCase(),
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("hex"),
    createHash("sha256").update(secret).digest("hex"),
    createHash("sha256").update(secret).digest("base64url"),
    ...shifted,
  ];
  return [...new Set(forms)];
}

/** Which of the secrets stand in a text, in any form. */
export const foundIn = (text: string, secrets: string[]): string[] =>
  secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)));
