import "server-only";
import type { Span } from "./known-values";

/** A part of a text that may be some other text in disguise, and what it then says: found out only when asked. */
export type Decoded = { span: Span; texts: () => string[] };

/*
 * How a secret travels unseen by a plain search: percent-encoded, escaped for scripts or markup, in base64 or base64url,
 * as hexadecimal digits or a list of bytes, in UTF-8 or UTF-16. In the middle of something longer base64 and digits can
 * begin at any character, so that all alignments are read.
 */
export function decodedParts(text: string): Decoded[] {
  return [
    ...runsOf(text, /[^\s"<>]+/g, (run) => [
      ...(run.includes("%") ? percentDecoded(run) : []),
      ...(run.includes("\\") ? unescaped(run) : []),
      ...(run.includes("&") ? withoutEntities(run) : []),
    ]).filter(({ span }) => /[%\\&]/.test(text.slice(...span))),
    ...runsOf(text, /[A-Za-z0-9+/_-]{8,}={0,2}/g, (run) =>
      [0, 1, 2, 3].flatMap((from) => textsOf(Buffer.from(run.slice(from), "base64"))),
    ),
    ...runsOf(text, /[0-9a-f]{12,}|(?:0x)?[0-9a-f]{2}(?:[ :,-]+(?:0x)?[0-9a-f]{2}){5,}/gi, (run) => {
      const digits = run.replaceAll(/0x|[^0-9a-f]/gi, "");
      return [0, 1].flatMap((from) => textsOf(Buffer.from(digits.slice(from), "hex")));
    }),
    ...runsOf(text, /\d{1,3}(?:, {0,3}\d{1,3}){5,}/g, (run) =>
      textsOf(Buffer.from(run.split(",").map(Number))),
    ),
  ];
}

/** What bytes may say: in UTF-8, or in UTF-16 in whichever order. */
export function textsOf(bytes: Buffer): string[] {
  const text = bytes.toString("utf8");
  if (!bytes.includes(0)) return [text];
  const even = Buffer.concat([bytes, Buffer.alloc(1)]);
  return [text, even.toString("utf16le"), even.subarray(1).toString("utf16le")];
}

function percentDecoded(run: string): string[] {
  const decoded = run.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
  );
  return [decoded, decoded.replaceAll("+", " ")];
}

const unescaped = (run: string): string[] => [
  run.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\})/gi, (_, ...digits: string[]) =>
    characterOf(Number.parseInt(digits.slice(0, 3).find(Boolean) ?? "", 16)),
  ),
];

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const withoutEntities = (run: string): string[] => [
  run.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) =>
    name
      ? (entities[name.toLowerCase()] ?? whole)
      : characterOf(decimal ? Number(decimal) : Number.parseInt(hex, 16)),
  ),
];

const characterOf = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : "");

/** In a shorter text nothing is looked for. */
const shortest = 4;

const runsOf = (text: string, pattern: RegExp, decode: (run: string) => string[]): Decoded[] =>
  [...text.matchAll(pattern)].map(({ 0: run, index }) => ({
    span: [index, index + run.length],
    texts: () => [...new Set(decode(run))].filter((decoded) => decoded !== run && decoded.length >= shortest),
  }));
