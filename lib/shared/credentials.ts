import { tooLong, typedFault } from "./visible-text";

export const longestUserName = 254;
export const longestPassword = 1024;

/** What is wrong with a user name as it was typed; the portal would call it a wrong password. */
export const userNameFault = (typed: string, required: string): string | undefined =>
  typedFault(typed.trim(), { max: longestUserName, required });

/** The same of a password: of that only the length is ours to judge. */
export function passwordFault(typed: string, required: string): string | undefined {
  if (typed === "") return required;
  return typed.length > longestPassword ? tooLong(typed.length, longestPassword) : undefined;
}
