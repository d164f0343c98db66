import type { Token } from "@/lib/contracts/tokens";

const dayMs = 86_400_000;
const expiringDays = 14;
const revokedLatelyDays = 30;

/** What a token's standing is computed from, so that the server can ask with a row and the browser with a token. */
export type StandingFacts = Pick<Token, "status" | "expiresAt" | "recovered"> & {
  revoked?: Pick<NonNullable<Token["revoked"]>, "at" | "reason">;
};

/** Worst first: a row shows the first that applies, and no other. */
export const standings = ["compromised", "overdue", "expiring", "confirm", "unclaimed", "fine"] as const;
export type Standing = (typeof standings)[number];

/** Whether the token can still be used, as far as the desk knows, and nobody is ending it. */
export function isLiving(status: Token["status"]): boolean {
  return status === "active" || status === "unclaimed" || status === "retiring";
}

/** Whether an advisory or enforced date has passed while the token lives on. */
export function isOverdue(token: StandingFacts, now: number): boolean {
  return token.expiresAt !== undefined && isLiving(token.status) && Date.parse(token.expiresAt) <= now;
}

/** Whether the date comes within the next 14 days. */
export function isExpiring(token: StandingFacts, now: number): boolean {
  if (token.expiresAt === undefined || !isLiving(token.status)) return false;
  const at = Date.parse(token.expiresAt);
  return at > now && at <= now + expiringDays * dayMs;
}

/** Since when a revocation counts as one of the last 30 days. */
export const lateFrom = (now: number): number => now - revokedLatelyDays * dayMs;

/** Whether its revocation was proven within the last 30 days. */
export function isRevokedLately(token: StandingFacts, now: number): boolean {
  if (token.status !== "revoked" || !token.revoked) return false;
  return Date.parse(token.revoked.at) >= lateFrom(now);
}

/** The one thing that a row's badge tells: the worst that is true of the token. */
export function standingOf(token: StandingFacts, now: number): Standing {
  // It stays so after the revocation: whoever had it could list and use its siblings.
  if (token.revoked?.reason === "compromised") return "compromised";
  if (isOverdue(token, now)) return "overdue";
  if (isExpiring(token, now)) return "expiring";
  if (token.recovered && isLiving(token.status)) return "confirm";
  return token.status === "unclaimed" ? "unclaimed" : "fine";
}
