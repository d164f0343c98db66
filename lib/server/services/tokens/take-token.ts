import "server-only";
import type { PastedToken } from "@/lib/contracts/tokens";
import { readTokenText } from "@/lib/shared/token-text";
import { DeskError } from "../../errors";
import { isSendableCredential } from "../../portal/token-form";

/**
 * The one token in what was pasted, as it may be meant: most likely first, and one at least. `asIs` takes a word that has no
 * token's form, or not that alone, as the token.
 * @throws DeskError `not_a_token`, `several_tokens`; `token_unusable` where no request could carry the text.
 */
export function takeToken({ token, asIs }: PastedToken): readonly [string, ...string[]] {
  const word = token.trim();
  const text = readTokenText(token);
  if (text.found === "several") throw new DeskError("several_tokens");
  if (asIs && isSendableCredential(word)) return [word];
  if (text.found === "one") return text.readings;
  throw new DeskError(asIs ? "token_unusable" : "not_a_token");
}
