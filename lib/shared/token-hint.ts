/**
 * What may be shown of a token: prefix, first four and last four characters, `aws80:c235…c0a9`. Of a value too
 * short for that (an unforeseen form) nothing but its length is told, since the ends would be most of it. What cannot be
 * printed, or stored by PostgreSQL, becomes a dot: portals may list anything.
 */
export function tokenHint(value: string): string {
  const colon = value.indexOf(":");
  const prefix = colon > 0 && colon <= 16 ? value.slice(0, colon + 1) : "";
  const body = value.slice(prefix.length);
  const shown =
    body.length < 16 ? `${prefix}… (${body.length})` : `${prefix}${body.slice(0, 4)}…${body.slice(-4)}`;
  return shown.replace(/[\p{Cc}\p{Cs}]/gu, "·");
}
