import type { Token } from "@/lib/contracts/tokens";
import { fold } from "../fold";
import { mayHoldToken } from "../token-text";

/*
 * What a search finds, in the page, the palette and the API alike.
 */

export const longestQuery = 200;

/**
 * Whether a search may stand in an address: what may be part of a token must not, for addresses are kept in histories and
 * logs, and half of one that is too long would find something else.
 */
export const fitsAddress = (query: string): boolean => query.length <= longestQuery && !mayHoldToken(query);

/** The words of a search; a token matches when each is found in one of its fields. */
export function searchWords(query: string): string[] {
  return [...new Set(fold(query).split(" ").filter(Boolean))];
}

export type SearchText = { written: string; hint: string };

/** All that people wrote about a token, folded. No word spans two fields: between them is a space. */
export function searchTextOf(token: Token): SearchText {
  const written = [
    token.label,
    token.purpose,
    token.environment,
    ...token.tags,
    token.notes,
    token.integrationId,
    token.owner.userName,
    token.createdBy,
  ];
  return { written: fold(written.join("\n")), hint: fold(token.hint) };
}

/** Ids and values are random: by less than this of them, everything would be found. */
const shortestIdPart = 8;
const shortestHintPart = 3;

/** The words that may mean a token's first or last characters. */
export function hintWords(words: readonly string[]): string[] {
  return words.filter((word) => word.length >= shortestHintPart);
}

/** @param textOf gives the text that is searched; whoever asks again and again keeps it. */
export function matchesWords(
  token: Token,
  words: readonly string[],
  textOf: (token: Token) => SearchText = searchTextOf,
): boolean {
  if (words.length === 0) return true;
  const { written, hint } = textOf(token);
  return words.every(
    (word) =>
      written.includes(word) ||
      (word.length >= shortestHintPart && hint.includes(word)) ||
      (word.length >= shortestIdPart && token.id.includes(word)),
  );
}
