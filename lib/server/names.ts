import "server-only";
import type { UserRule } from "./env/rules";

/**
 * A user's name as rights are compared by it: in ASCII capitals make no other name, and what is not ASCII fits only itself. Folded
 * by Unicode, the Kelvin sign would be a k, and whoever takes a name with one would be somebody else.
 */
export const foldName = (name: string): string => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Whether two names are one user's. The only place where names are compared for rights. */
export const isSameName = (one: string, other: string): boolean => foldName(one) === foldName(other);

/** Whether a rule of the configuration means this user. */
export function isMeant(
  rule: UserRule,
  { portal, userId, userName }: { portal: string; userId?: string; userName?: string },
): boolean {
  if (rule.portal !== portal) return false;
  if ("userId" in rule) return rule.userId === userId;
  return userName !== undefined && isSameName(rule.userName, userName);
}
