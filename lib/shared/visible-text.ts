/*
 * What may stand in a text that people type, so that what is stored is what they see: nothing that cannot be seen, that
 * turns the direction of writing, or that passes for white space. Without zod: what is typed outside of a form is
 * judged by the same rules.
 */

/** The longest texts, in UTF-16 units after tidying. */
export const longest = {
  label: 120,
  environment: 40,
  purpose: 200,
  integrationId: 120,
  notes: 2000,
  note: 500,
  tag: 40,
} as const;
export const maxTags = 20;

export type TextRules = {
  max: number;
  /** Whether it may have several lines. */
  lines?: boolean;
  /** What is said where it is empty; without it empty is nothing known. */
  required?: string;
};

/**
 * NFC, white space as single spaces, none at the ends. With lines each by itself, without empty ones at the ends. What
 * has so many marks on a letter that composing would take their square is not composed, and refused.
 */
export function tidyText(text: string, lines = false): string {
  const composed = far.test(text) ? text : text.normalize("NFC");
  if (!lines) return tidyLine(composed);
  const tidied = composed.replace(/\r\n?/g, "\n").replaceAll("\t", " ").split("\n").map(tidyLine);
  const first = tidied.findIndex(Boolean);
  return tidied.slice(Math.max(0, first), tidied.findLastIndex(Boolean) + 1).join("\n");
}

// Not \s: that has line breaks, and the byte order mark, which cannot be seen inside a text.
const tidyLine = (line: string) => line.replace(/\p{Zs}+/gu, " ").replace(/^ | $/g, "");

export type TextFault = {
  message: string;
  /** The same without a word of the text, for answers that are not to repeat it. */
  unquoted: string;
};

/** What is wrong with a tidied text; undefined where it is good. */
export function textFault(text: string, { max, lines = false, required }: TextRules): TextFault | undefined {
  if (text === "") return required === undefined ? undefined : said(required);
  if (text.length > max) return said(tooLong(text.length, max));
  const index = hiddenAt(text, lines);
  if (index !== undefined) return hiddenFault(text, index);
  if (stacked.test(text)) return said(`More than ${mostMarks} marks on one letter`);
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text) ? undefined : said("Nothing in it can be seen");
}

/** As `textFault`, of a text as it was typed, in words. */
export const typedFault = (text: string, rules: TextRules): string | undefined =>
  textFault(tidyText(text, rules.lines), rules)?.message;

export const tooLong = (length: number, max: number): string =>
  `At most ${max} characters: this has ${length}`;

export const tooManyTags = (count: number): string => `At most ${maxTags} tags: these are ${count}`;

const said = (message: string): TextFault => ({ message, unquoted: message });

/** Written with joiners, which decide how their letters look. */
const joining = [
  ...["Cakm", "Kthi", "Newa", "Mtei", "Brah", "Gran", "Sylo"],
  ...["Arab", "Syrc", "Nkoo", "Mand", "Mong", "Phag", "Adlm", "Rohg"],
  ...["Beng", "Deva", "Gujr", "Guru", "Knda", "Mlym", "Orya", "Taml", "Telu", "Sinh"],
  ...["Bali", "Java", "Khmr", "Mymr", "Tibt"],
];
const joined = `(?=[\\p{L}\\p{M}])(?!\\p{Script=Inherited})[${joining.map((script) => `\\p{scx=${script}}`).join("")}]`;

/** Invisible where they stand alone, and right where they are: they choose the form of what is beside them. */
const formed = [
  `(?<=${joined})[\\u200C\\u200D](?=[\\p{L}\\p{M}\\p{N}])`,
  `(?<=[\\p{L}\\p{M}\\p{N}])[\\u200C\\u200D](?=${joined})`,
  "(?<=\\p{Script=Hebrew})\\u034F(?=\\p{Script=Hebrew})",
  "(?<=\\p{ExtPict}[\\uFE0F\\p{Emoji_Modifier}]?)\\u200D(?=\\p{ExtPict})",
  "(?<=[#*0-9])\\uFE0F(?=\\u20E3)",
  "(?<=(?![#*0-9])\\p{Emoji})[\\uFE0E\\uFE0F]",
  "(?<=\\p{Ideographic})[\\uFE00-\\uFE02\\u{E0100}-\\u{E01EF}]",
  "(?<=\\p{Script=Mongolian})[\\u180B-\\u180F]",
  // The flags of England, Scotland and Wales, and no other tags.
  "(?<=\\u{1F3F4})\\u{E0067}\\u{E0062}\\u{E0065}\\u{E006E}\\u{E0067}\\u{E007F}",
  "(?<=\\u{1F3F4})\\u{E0067}\\u{E0062}\\u{E0073}\\u{E0063}\\u{E0074}\\u{E007F}",
  "(?<=\\u{1F3F4})\\u{E0067}\\u{E0062}\\u{E0077}\\u{E006C}\\u{E0073}\\u{E007F}",
];
/** Format characters with a shape of their own: the number signs of Arabic, Syriac and Kaithi. */
const shown = "\\u0600-\\u0605\\u06DD\\u070F\\u0890\\u0891\\u08E2\\u{110BD}\\u{110CD}";
/** Default_Ignorable_Code_Point has tags, fillers and most of what is invisible; these few are blank without it. */
const blank = "\\u2800\\uFFFC\\u2D7F\\u{1107F}\\u{13441}\\u{13442}\\u{16FE4}\\u{1BC9D}\\u{1D159}";
const hidden = `[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{DI}\\p{NChar}${blank}]|(?![${shown}])\\p{Cf}`;
const formedOrHidden = new RegExp(`${formed.join("|")}|(?<hidden>${hidden})`, "gu");

/** More than any language stacks (Tibetan up to nine): they are drawn over the lines above and below. */
const mostMarks = 10;
const far = /\p{M}{50}/u;
const stacked = new RegExp(`\\p{M}{${mostMarks + 1}}`, "u");

function hiddenAt(text: string, lines: boolean): number | undefined {
  if (/^[ -~]*$/.test(text)) return undefined;
  for (const { groups, index } of text.matchAll(formedOrHidden)) {
    const character = groups?.hidden;
    if (character !== undefined && !(lines && character === "\n")) return index;
  }
  return undefined;
}

function hiddenFault(text: string, index: number): TextFault {
  const before = text.slice(0, index);
  const what = nameOf(String.fromCodePoint(text.codePointAt(index) ?? 0));
  return {
    message: `${what} ${placeAfter(before)}: delete it`,
    unquoted: `${what} at position ${[...before].length + 1}: delete it`,
  };
}

const quoted = 12;

/** Where that is, by the last that can be seen before it. */
function placeAfter(before: string): string {
  const lines = before.split("\n");
  const end = [...(lines.at(-1) ?? "")]
    .slice(-quoted)
    .join("")
    .replace(/^\p{M}+/u, "")
    .trim();
  if (end !== "") return `after “${end}”`;
  return lines.length === 1 ? "at the beginning" : `at the beginning of line ${lines.length}`;
}

function nameOf(character: string): string {
  if (character === "\n" || character === "\r") return "A line break";
  if (character === "\t") return "A tab";
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  if (/\p{Cc}/u.test(character)) return `A control character (U+${code})`;
  if (/\p{Cs}/u.test(character)) return `Half a character (U+${code})`;
  if (/[\p{Zl}\p{Zp}]/u.test(character)) return `An invisible line break (U+${code})`;
  if (/\p{Bidi_Control}/u.test(character)) return `An invisible direction mark (U+${code})`;
  return `An invisible character (U+${code})`;
}
