import type { Token } from "@/lib/contracts/tokens";
import { foldWithOrigins } from "@/lib/shared/fold";
import { matchesWords, type SearchText, searchTextOf } from "@/lib/shared/token-table/search";

const kept = new WeakMap<Token, SearchText>();

/** Each token is folded once: while somebody types, 10,000 of them are searched for each letter. */
function textOf(token: Token): SearchText {
  const text = kept.get(token) ?? searchTextOf(token);
  kept.set(token, text);
  return text;
}

export const isFound = (token: Token, words: readonly string[]): boolean =>
  matchesWords(token, words, textOf);

export type Segment = { text: string; marked: boolean };

/** The text in pieces, those that a word matches marked; overlapping matches are one mark. */
export function markWords(text: string, words: readonly string[]): Segment[] {
  if (words.length === 0 || text === "") return [{ text, marked: false }];
  const { folded, starts, ends } = foldWithOrigins(text);
  const ranges = mergeRanges(words.flatMap((word) => rangesOf(folded, word)));
  const segments: Segment[] = [];
  let cursor = 0;
  for (const [from, to] of ranges) {
    const start = starts[from] ?? 0;
    const end = ends[to - 1] ?? text.length;
    // Half of an expanded character cannot be marked: the mark starts where the last one ended at the earliest.
    if (start > cursor) segments.push({ text: text.slice(cursor, start), marked: false });
    if (end > cursor) segments.push({ text: text.slice(Math.max(start, cursor), end), marked: true });
    cursor = Math.max(cursor, end);
  }
  if (cursor < text.length) segments.push({ text: text.slice(cursor), marked: false });
  return segments;
}

type Range = [from: number, to: number];

function rangesOf(folded: string, word: string): Range[] {
  const ranges: Range[] = [];
  for (let at = folded.indexOf(word); at !== -1; at = folded.indexOf(word, at + word.length)) {
    ranges.push([at, at + word.length]);
  }
  return ranges;
}

function mergeRanges(ranges: Range[]): Range[] {
  const merged: Range[] = [];
  for (const range of ranges.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && range[0] <= last[1]) last[1] = Math.max(last[1], range[1]);
    else merged.push([...range]);
  }
  return merged;
}
