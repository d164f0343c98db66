import "server-only";
import { isIP } from "node:net";

/** So many letters are more than a word. */
const longestWord = 15;
const words = /^\p{L}+(?:[ _./:-]\p{L}+)*$/u;
const date = String.raw`20\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?`;
const clock = String.raw`(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?`;
const time = new RegExp(`^(?:${date}|(?:${date}[T ])?${clock})$`);
const ownId = /^[a-z]{2,4}_[a-z2-7]{26}$/;

/** Whether a text is an address, a date or a time: any line may have it, and it is nobody's secret. */
export function isPublic(text: string): boolean {
  const host = text
    .trim()
    .replace(/^https?:\/\/([^/]*)\/?$/i, "$1")
    .replace(/^\[(.*)\](?::\d+)?$/, "$1");
  return isIP(host) !== 0 || isIP(host.replace(/:\d+$/, "")) !== 0 || time.test(text);
}

/**
 * Whether what somebody typed is no secret of its own: what is public, an id of the desk's, a word or two. Were such a
 * text masked wherever it stands, whoever types it as a password would write the rules of the log.
 */
export const isOrdinary = (text: string): boolean =>
  isPublic(text) || ownId.test(text) || (text.length <= longestWord && words.test(text));
