import "server-only";
import type { Span } from "./known-values";

/** A part of a text that may be some other text in disguise, and what it then says. */
export type Decoded = { span: Span; texts: string[] };

/*
 * How a secret travels unseen by a plain search: percent-encoded, in base64 or base64url, in hexadecimal digits. In
 * the middle of something longer each can begin at any character, so that all alignments are read.
 */

/** Parts that may be percent-encoded, as URLs and forms are. */
export function percentDecoded(text: string): Decoded[] {
  if (!text.includes("%")) return [];
  return runsOf(text, /[^\s"<>]+/g)
    .filter(({ run }) => run.includes("%"))
    .map(({ span, run }) => {
      const decoded = run.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
        Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
      );
      return { span, texts: [decoded, decoded.replaceAll("+", " ")] };
    });
}

/** Parts that may be bytes in base64, base64url or hexadecimal digits. */
export function bytesDecoded(text: string): Decoded[] {
  const base64 = runsOf(text, /[A-Za-z0-9+/_-]{8,}={0,2}/g).map(({ span, run }) => ({
    span,
    texts: [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), "base64").toString("utf8")),
  }));
  const hex = runsOf(text, /[0-9a-f]{12,}|[0-9a-f]{2}(?:[ :][0-9a-f]{2}){5,}/gi).map(({ span, run }) => {
    const digits = run.replaceAll(/[ :]/g, "");
    return { span, texts: [0, 1].map((from) => Buffer.from(digits.slice(from), "hex").toString("utf8")) };
  });
  return [...base64, ...hex];
}

const runsOf = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(({ 0: run, index }) => ({
    run,
    span: [index, index + run.length] as Span,
  }));
