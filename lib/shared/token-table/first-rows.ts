import type { Token } from "@/lib/contracts/tokens";
import { defaultSort, sortTokens } from "./order";
import { inView } from "./views";

/** The rows that the table begins with when nothing is filtered: a page is rendered with these. */
export function firstRows(tokens: readonly Token[], count: number, now: number): Token[] {
  const rows = topRows(tokens, count, now);
  // A short list comes whole, so that nothing has to be fetched after it.
  return tokens.length <= count ? [...rows, ...tokens.filter((token) => token.status === "revoked")] : rows;
}

/** The first of them in the table's own order, of what is not revoked. Those of a whole are the first of its parts' first. */
export function topRows(tokens: readonly Token[], count: number, now: number): Token[] {
  const current = tokens.filter((token) => inView(token, "current", now));
  return sortTokens(current, defaultSort, now).slice(0, count);
}
