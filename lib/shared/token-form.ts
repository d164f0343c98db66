/**
 * What a token looks like: `[prefix:]8-4-4-4-12` hexadecimal digits (the portal's documented form; the version
 * digit is not that of RFC 4122). Used to keep what somebody pastes out of URLs, histories and stored state,
 * so it errs on the side of calling a text a secret.
 */

const hex = "[0-9a-f]";
const uuid = `${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12}`;
const whole = new RegExp(`^\\s*(?:[\\w.-]{1,32}:)?${uuid}\\s*$`, "i");
const anywhere = new RegExp(`(?:(?<![\\w.-])[\\w.-]{1,32}:)?(?<!${hex})${uuid}(?!${hex})`, "i");
/** The beginning of one: somebody is typing it, or pasted a part. */
const partial = new RegExp(`(?<!${hex})${hex}{8}-${hex}{2}|${hex}{20}`, "i");

/** Whether the whole text is a token, white space around it aside. */
export function isTokenForm(text: string): boolean {
  return whole.test(text);
}

/** The first token inside a text (a header line, an `.env` line, a curl command), as it stands there. */
export function findTokenForm(text: string): string | undefined {
  return anywhere.exec(text)?.[0];
}

/** Every token inside a text, as they stand there. */
export function findTokenForms(text: string): string[] {
  return text.match(new RegExp(anywhere, "gi")) ?? [];
}

/** Whether a text may hold a token or most of one, and so must not be put into a URL or kept. */
export function mayHoldToken(text: string): boolean {
  return partial.test(text);
}
