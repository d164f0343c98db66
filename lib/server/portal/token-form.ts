import "server-only";

/*
 * What a token or a credential may look like before it is put into a request, and before an answer is believed to
 * be one. Values come from people, from the store and from the portal: all three are untrusted here.
 */

const maxPathCharacters = 128;
const maxTokenCharacters = 512;
const minMintedCharacters = 16;
/** Twice what can be sent: a listed value that is longer is nobody's token, and megabytes of one take seconds to look at. */
export const longestToken = 2 * maxTokenCharacters;

/**
 * The token as one path segment: as it is (the colon of `aws80:…` stays a colon), characters outside RFC 3986's
 * `pchar` percent-encoded. `undefined` when it cannot stand in a path: empty, over 128 characters, control
 * characters, lone surrogates, `/ ? # % \`, or the dot segments of RFC 3986 §5.2.4.
 */
export function tokenPathSegment(token: string): string | undefined {
  if (token === "" || token.length > maxPathCharacters) return undefined;
  if (token === "." || token === "..") return undefined;
  if (/[/?#%\\\p{Cc}\p{Cs}]/u.test(token)) return undefined;
  return encodeURI(token);
}

/** Whether the portal can be asked to delete this token: it stands in the path of that call. */
export function canStandInPath(token: string): boolean {
  return tokenPathSegment(token) !== undefined;
}

/** Whether the value can travel in the credential's header: 1–512 visible ASCII characters (RFC 9110 §5.5). */
export function isSendableCredential(value: string): boolean {
  return value.length <= maxTokenCharacters && /^[\x21-\x7e]+$/.test(value);
}

/**
 * Whether an answer's text may be a newly minted token. Its form is not promised, so this only keeps out what
 * would be a lie to store: markup, JSON, sentences, single words such as `Unauthorized`. What is refused here and was a
 * token after all shows up in the next list.
 */
export function isPlausibleToken(value: string): boolean {
  return value.length >= minMintedCharacters && isSendableCredential(value) && !/[<>{}[\]"]/.test(value);
}
