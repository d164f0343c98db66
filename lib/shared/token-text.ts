/**
 * The one reader of what people paste as a token: `[prefix:]8-4-4-4-12` hexadecimal digits (the portal's documented
 * form; the version digit is not that of RFC 4122) out of a header, a command, a chat or a wrapped line.
 */

/**
 * One token, as it may be meant: most likely first. `written` is the token as it stands there, to be put into a field.
 * It is more than one reading where what stands before the colon may be its prefix or a word of the text, and where it is
 * written in capitals.
 */
export type ReadToken = { written: string; readings: readonly string[] };
export type TokenText = ({ found: "one" } & ReadToken) | { found: "none" | "several" };

const hex = "[0-9a-f]";
// A line of a mail, a terminal or a script ends inside: with its own mark of that, and with what the next one begins with.
const gap = "(?:[ \\t]*[=\\\\]?\\r?\\n[ \\t>#*/]*)?";
const groups = [8, 4, 4, 4, 12];
const bodyWith = (between: string) =>
  groups.map((digits) => Array(digits).fill(hex).join(between)).join(`${between}-${between}`);
/** It stands as a word of its own, and is no piece of a longer chain of groups. */
const wordWith = (between: string) =>
  new RegExp(
    `(?<![\\w.-])([\\w.-]{1,32}:${gap})?(?<!\\w|${hex}{4}-)(${bodyWith(between)})(?!\\w|-${hex}{4})`,
    "gi",
  );
const onOneLine = wordWith("");
const overLines = wordWith(gap);
/** Whatever touches it. */
const anywhere = new RegExp(`(?:(?<![\\w.-])[\\w.-]{1,32}:)?(?<!${hex})${bodyWith("")}(?!${hex})`, "gi");
/** The beginning of one: somebody is typing it, or pasted a part. */
const partial = new RegExp(`(?<!${hex})${hex}{8}-${hex}{2}|${hex}{20}`, "i");

/** The only prefix that the portal's documentation shows (portal.md, 5). */
export const documentedPrefix = "aws80:";
/** Letters and up to four digits, as that one is; words for what follows are none. */
const isPrefix = (word: string) =>
  /^[a-z]{2,8}\d{0,4}:$/i.test(word) && !/token|key|auth|secret|pass|bearer|value|uuid|^id:/i.test(word);

/** The text as it was meant: what is invisible is gone, and what a program or an office made of its signs is undone. */
function plain(text: string): string {
  return text
    .replace(/\p{Cc}\[[\d;]*m/gu, "")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .normalize("NFKC")
    .replace(/[\p{Pd}\u2212]/gu, "-")
    .replace(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/&(?:#0*58|#x0*3a|colon);/gi, ":")
    .replace(/\\u00([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\[nrt]|[\v\f\u0085\u2028\u2029]|\r(?!\n)/g, "\n");
}

/** The one token in a text, taken out of whatever surrounds it; the same one twice is one. */
export function readTokenText(text: string): TokenText {
  const found = new Map<string, ReadToken>();
  const take = (whole: string, before: string | undefined, body: string) => {
    const [prefix, digits] = [before ?? "", body].map((part) => part.replace(/[^\w.:-]/g, ""));
    const read = asRead(prefix ?? "", digits ?? "");
    const known = found.get(digits?.toLowerCase() ?? "");
    // Said twice, it is said best where it has its prefix.
    if (!known || read.written.length > known.written.length) found.set(digits?.toLowerCase() ?? "", read);
    return whole.replace(/\w/g, "~");
  };
  plain(text).replace(onOneLine, take).replace(overLines, take);
  const [first, ...others] = found.values();
  if (first === undefined) return { found: "none" };
  return others.length > 0 ? { found: "several" } : { found: "one", ...first };
}

function asRead(before: string, body: string): ReadToken {
  // What was glued to it (an escape, a colour) is not part of it.
  const prefix = before.toLowerCase().endsWith(documentedPrefix)
    ? before.slice(-documentedPrefix.length)
    : before;
  const small = body.toLowerCase();
  if (!isPrefix(prefix)) {
    const readings = [small, documentedPrefix + small, body, prefix + body];
    return { written: body, readings: [...new Set(readings)] };
  }
  const written = prefix + body;
  const bare = prefix.toLowerCase() === documentedPrefix ? [] : [small];
  return { written, readings: [...new Set([written.toLowerCase(), ...bare, written])] };
}

/** Whether the text could be a token of a form that nobody foresaw: one word, as it travels in a header. */
export const mayBeOddToken = (text: string): boolean => /^[\x21-\x7e]{8,128}$/.test(text.trim());

/** Every token inside a text, as they stand there; also where letters touch them. */
export function findTokenForms(text: string): string[] {
  return plain(text).match(anywhere) ?? [];
}

/** Whether a text may hold a token or most of one, and so must not be put into a URL or kept. */
export function mayHoldToken(text: string): boolean {
  return partial.test(plain(text));
}
