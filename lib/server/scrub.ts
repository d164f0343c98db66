import "server-only";

/**
 * Masks whatever has the form of a portal credential, `[prefix:]8-4-4-4-12` hexadecimal digits, in text that is
 * about to be printed. The desk's own ids never have that form, so nothing useful is lost.
 */
export function scrub(text: string): string {
  return text.replace(
    /(?:[a-z0-9]{1,16}(?::|%3a))?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi,
    "[masked]",
  );
}
