import type { Token } from "@/lib/contracts/tokens";
import { defaultSort, sortTokens } from "./order";
import { inView } from "./views";

/** The rows that the table begins with when nothing is filtered: a page is rendered with these. */
export function firstRows(tokens: readonly Token[], count: number, now: number): Token[] {
  const current = tokens.filter((token) => inView(token, "current", now));
  const rows = sortTokens(current, defaultSort, now).slice(0, count);
  // A short list comes whole, so that nothing has to be fetched after it.
  return tokens.length <= count ? [...rows, ...tokens.filter((token) => token.status === "revoked")] : rows;
}
