/**
 * The one reader of what people paste as a token: `[prefix:]8-4-4-4-12` hexadecimal digits (the portal's documented
 * form; the version digit is not that of RFC 4122) out of a header, a command, a chat or a wrapped line.
 */

/**
 * One token, as it may be meant: most likely first. `written` is the token as it stands there, to be put into a field.
 * It is more than one reading where what stands before the colon may be its prefix or a word of the text, where the prefix
 * may have been left out, and where it is written in capitals.
 */
export type ReadToken = { written: string; readings: readonly [string, ...string[]] };
export type TokenText = ({ found: "one" } & ReadToken) | { found: "none" | "several" };

const hex = "[0-9a-f]";
// A line of a mail, a terminal or a script ends inside: with its own mark of that, and with what the next one begins with.
const lineEnd = "[ \\t]{0,8}[=\\\\`^|│]?\\r?\\n[ \\t>#*/+|│]{0,40}";
const gap = `(?:${lineEnd})?`;
const gaps = new RegExp(lineEnd, "g");
const groups = [8, 4, 4, 4, 12];
const bodyWith = (between: string) =>
  groups.map((digits) => Array(digits).fill(hex).join(between)).join(`${between}-${between}`);
/** The only prefix that the portal's documentation shows (portal.md, 5). */
export const documentedPrefix = "aws80:";
const before = `(?:${documentedPrefix}${gap}|(?<![\\w.-])[\\w.-]{1,32}:)`;
const after = `(?:(?=${documentedPrefix})|(?![0-9a-z]|-${hex}{4}))`;
/** It stands as a word of its own, or before the next one, and is no piece of a longer chain of groups. */
const wordWith = (between: string) =>
  new RegExp(`(${before})?(?<![0-9a-z]|${hex}{4}-)(${bodyWith(between)})${after}`, "gi");
const onOneLine = wordWith("");
const overLines = wordWith(gap);
/** Whatever touches it. */
const anywhere = new RegExp(`(?:(?<![\\w.-])[\\w.-]{1,32}:)?${bodyWith("")}`, "gi");
/** The beginning of one: somebody is typing it, or pasted a part. */
const partial = new RegExp(`${hex}{8}-${hex}{2}|${hex}{20}`, "i");

/** Letters and up to four digits, as the documented one is; words for what follows are none. */
const isPrefix = (word: string) =>
  /^[a-z]{2,8}\d{0,4}:$/i.test(word) && !/token|key|auth|secret|pass|bearer|value|uuid|^id:/i.test(word);

const characterOf = (_: string, code: string) => String.fromCharCode(Number.parseInt(code, 16));

/** The text as it was meant: what is invisible is gone, and what programs and offices made of its signs is undone. */
function plain(text: string): string {
  return (
    text
      .replace(/\p{Cc}\[[\d;]*m/gu, "")
      .replace(/[^\P{C}\t\n\v\f\r\u0085]|\p{Default_Ignorable_Code_Point}|<wbr ?\/?>|&shy;/giu, "")
      .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
      // Twice: an address within an address. Of what is no ASCII only the end of a word matters.
      .replace(/%25/g, "%")
      .replace(/%([0-7][0-9a-f])/gi, characterOf)
      .replace(/%[89a-f][0-9a-f]/gi, " ")
      .replace(/\\(?:u00|x)([0-7][0-9a-f])/gi, characterOf)
      .replace(/&#x([2-7][0-9a-f]);/gi, characterOf)
      .replace(/&#(\d{2,3});/g, (_, code: string) => String.fromCharCode(Number(code)))
      .replace(/&colon;|[\u2236\ua789\ufe13\ufe55]/g, ":")
      .replace(/\\(?=[-:_])/g, "")
      // Not the dashes that part a sentence.
      .replace(/[\u2010-\u2013\u2212\ufe63]/g, "-")
      .replace(/\p{Zs}/gu, " ")
      .replace(/\\[nrt]|<br ?\/?>|[\v\f\u0085\u2028\u2029]|\r(?!\n)/gi, "\n")
  );
}

/** A token as it stands in a text: what belongs to it before its digits, and the word that all of it is a part of. */
type Found = { prefix: string; body: string; word: string };

/** The one token in a text, taken out of whatever surrounds it; the same one twice is one. */
export function readTokenText(text: string): TokenText {
  const found = new Map<string, Found>();
  const take = (whole: string, words: string | undefined, digits: string, offset: number, all: string) => {
    const prefix = prefixOf((words ?? "").replace(/[^\w.:-]/g, ""));
    const body = digits.replace(/[^\w-]/g, "");
    const known = found.get(body.toLowerCase());
    // Said twice, it is said best where it has its prefix.
    if (!known || rankOf(prefix) > rankOf(known.prefix))
      found.set(body.toLowerCase(), { prefix, body, word: wordAround(whole, offset, all) });
    return whole.replace(/\w/g, "~");
  };
  plain(text).replace(onOneLine, take).replace(overLines, take);
  const [first, ...others] = found.values();
  if (first === undefined) return { found: "none" };
  return others.length > 0 ? { found: "several" } : { found: "one", ...asRead(first) };
}

/** What is the token's own of what stands before its digits: an escape or a mark may be glued to it. */
function prefixOf(words: string): string {
  if (words.toLowerCase().endsWith(documentedPrefix)) return words.slice(-documentedPrefix.length);
  return /[a-z0-9]*:$/i.exec(words)?.[0] ?? "";
}

function wordAround(whole: string, offset: number, all: string): string {
  const left = /[\w.:+-]*$/.exec(all.slice(Math.max(0, offset - 64), offset))?.[0] ?? "";
  const right = /^[\w.:+-]*/.exec(all.slice(offset + whole.length, offset + whole.length + 64))?.[0] ?? "";
  const joined = whole.replace(/[^\w.:-]/g, "");
  return `${left}${joined}${right}`.replace(/^[.:+-]+|[.:+-]+$/g, "");
}

const rankOf = (prefix: string): number =>
  prefix.toLowerCase() === documentedPrefix ? 2 : isPrefix(prefix) ? 1 : 0;

function asRead({ prefix, body, word }: Found): ReadToken {
  const rank = rankOf(prefix);
  const small = body.toLowerCase();
  const likely = (rank > 0 ? prefix.toLowerCase() : "") + small;
  const others = rank === 2 ? [prefix + body] : [small, documentedPrefix + small, prefix + body, body, word];
  return {
    written: rank === 2 ? prefix + body : word,
    readings: [likely, ...new Set(others.filter((other) => other !== likely))],
  };
}

/** Whether the text could be a token of a form that nobody foresaw: one word, as it travels in a header, and no broken one. */
export const mayBeOddToken = (text: string): boolean =>
  /^[\x21-\x7e]{8,128}$/.test(text.trim()) && !/aws80:|[0-9a-f]{8}-[0-9a-f]{4}/i.test(plain(text));

/** Every token inside a text, as they stand there; also where letters touch them, and over two lines. */
export function findTokenForms(text: string): string[] {
  const meant = plain(text);
  const joined = meant.replace(gaps, "");
  return [...new Set([meant, joined].flatMap((each) => each.match(anywhere) ?? []))];
}

/** Whether a text may hold a token or most of one, also in pieces, and so must not be put into a URL or kept. */
export function mayHoldToken(text: string): boolean {
  const meant = plain(text).replace(/[\u2014\u2015]/g, "-");
  return partial.test(meant) || partial.test(meant.replace(/[\s>|+~"'`*_<\\/]+/g, ""));
}
