import "server-only";
import { isIP } from "node:net";

/** So many letters are more than a word. */
const longestWord = 15;
const words = /^\p{L}+(?:[ _./:-]\p{L}+)*$/u;
/** As codes and names are written: `invalid_credentials`. */
const code = /^[a-z]{1,20}(?:[_.-][a-z]{1,20}){1,4}$/;
/** A date, a time, or a part of one. */
const time = /^(?=.*[-:T])[\dT:.Z+-]{4,32}$/;
const ownId = /^[a-z]{3}_[a-z2-7]{26}$/;

/**
 * Whether a text is no secret of its own, and may stand in any line: an address, a date, an id of the desk's, a word or
 * two. Were such a text masked wherever it stands, whoever types it as a password would write the rules of the log.
 */
export function isOrdinary(text: string): boolean {
  const host = text
    .trim()
    .replace(/^https?:\/\/([^/]*)\/?$/i, "$1")
    .replace(/^\[(.*)\](?::\d+)?$/, "$1");
  const isAddress = isIP(host) !== 0 || isIP(host.replace(/:\d+$/, "")) !== 0;
  const isWord = text.length <= longestWord && words.test(text);
  return isAddress || isWord || code.test(text) || time.test(text) || ownId.test(text);
}
