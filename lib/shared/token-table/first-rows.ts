import type { Token } from "@/lib/contracts/tokens";
import { defaultSort, sortTokens } from "./order";
import { inView } from "./views";

/**
 * The rows that the table begins with when nothing is filtered: the first in its own order of what is not revoked. Those of a
 * whole are the first of its parts' first.
 */
export function firstRows(tokens: readonly Token[], count: number, now: number): Token[] {
  const current = tokens.filter((token) => inView(token, "current", now));
  return sortTokens(current, defaultSort, now).slice(0, count);
}
