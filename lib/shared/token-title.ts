import type { Token } from "@/lib/contracts/tokens";
import { isolate } from "./isolate";
import { mayHoldToken } from "./token-text";

/**
 * What the page of a token is called in tabs and histories, which outlive the session: its name, or its hint. A name
 * may be any text, and a title is no place for a secret: one with something like a token in it is not used.
 */
export function tokenTitle({ label, hint }: Pick<Token, "label" | "hint">): string {
  return label === null || mayHoldToken(label) ? hint : isolate(label);
}
