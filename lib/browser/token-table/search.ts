import type { Token } from "@/lib/contracts/tokens";
import { fold, foldWithOrigins } from "./fold";

/** The words of a search; a token matches when each is found in one of its fields. */
export function searchWords(query: string): string[] {
  return [...new Set(fold(query).split(/\s+/).filter(Boolean))];
}

const haystacks = new WeakMap<Token, string>();

/** All that people wrote about a token, folded once: fields stand on lines of their own, so no word spans two. */
function haystackOf(token: Token): string {
  let haystack = haystacks.get(token);
  if (haystack === undefined) {
    haystack = fold(
      [
        token.label,
        token.purpose,
        token.environment,
        token.tags.join("\n"),
        token.notes,
        token.integrationId,
        token.owner.userName,
        token.createdBy,
      ].join("\n"),
    );
    haystacks.set(token, haystack);
  }
  return haystack;
}

/** Ids and values are random: by less than this of them, everything would be found. */
const shortestIdPart = 8;
const shortestHintPart = 3;

/** The words that may mean a token's first or last characters. */
export function hintWords(words: readonly string[]): string[] {
  return words.filter((word) => word.length >= shortestHintPart);
}

export function matchesWords(token: Token, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const haystack = haystackOf(token);
  return words.every(
    (word) =>
      haystack.includes(word) ||
      (word.length >= shortestHintPart && token.hint.toLowerCase().includes(word)) ||
      (word.length >= shortestIdPart && token.id.includes(word)),
  );
}

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
