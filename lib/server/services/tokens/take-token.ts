import "server-only";
import type { SignInInput, StepUpInput } from "@/lib/contracts/sessions";
import type { PastedToken } from "@/lib/contracts/tokens";
import { readTokenText } from "@/lib/shared/token-text";
import { DeskError } from "../../errors";
import { isSendableCredential } from "../../portal/token-form";

/**
 * The one token in what was pasted, as it may be meant: most likely first. `asIs` takes a text that has no token's form as
 * the token.
 * @throws DeskError `not_a_token`, `several_tokens`; `token_unusable` where no request could carry the text.
 */
export function takeToken({ token, asIs }: PastedToken): readonly string[] {
  const text = readTokenText(token);
  if (text.found === "several") throw new DeskError("several_tokens");
  if (text.found === "one") return text.readings;
  if (!asIs) throw new DeskError("not_a_token");
  const value = token.trim();
  if (!isSendableCredential(value)) throw new DeskError("token_unusable");
  return [value];
}

/**
 * Credentials with the token alone where a text with one was pasted.
 * @throws as `takeToken`.
 */
export function takeCredentials<Input extends SignInInput | StepUpInput>(input: Input): Input {
  if (!("apiToken" in input)) return input;
  const [apiToken] = takeToken({ token: input.apiToken, asIs: input.asIs });
  return { ...input, apiToken };
}
