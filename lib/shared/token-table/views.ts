import type { TokenCounts } from "@/lib/contracts/tokens";
import { isExpiring, isOverdue, isRevokedLately, type StandingFacts } from "./standing";

/** What the table can show of the list. `current` is everything that is not proven to be revoked. */
export const views = [
  "current",
  "active",
  "unclaimed",
  "expiring",
  "overdue",
  "revoking",
  "revoked-lately",
  "revoked",
  "disappeared",
  "all",
] as const;
export type View = (typeof views)[number];

/** Whether a token belongs to a view. The cards count by this too, so that a card and its list never disagree. */
export function inView(token: StandingFacts, view: View, now: number): boolean {
  switch (view) {
    case "all":
      return true;
    case "current":
      return token.status !== "revoked";
    case "expiring":
      return isExpiring(token, now);
    case "overdue":
      return isOverdue(token, now);
    case "revoked-lately":
      return isRevokedLately(token, now);
    default:
      return token.status === view;
  }
}

/** Whether a view needs tokens that are revoked: only the whole list has them. */
export function needsRevoked(view: View): boolean {
  return view === "revoked" || view === "revoked-lately" || view === "all";
}

/** The figures of the cards; `counts` are those of what was counted before. */
export function countTokens(
  tokens: readonly StandingFacts[],
  now: number,
  counts: TokenCounts = { active: 0, unclaimed: 0, expiringSoon: 0, overdue: 0, revokedLately: 0 },
): TokenCounts {
  for (const token of tokens) {
    if (inView(token, "active", now)) counts.active += 1;
    if (inView(token, "unclaimed", now)) counts.unclaimed += 1;
    if (inView(token, "expiring", now)) counts.expiringSoon += 1;
    if (inView(token, "overdue", now)) counts.overdue += 1;
    if (inView(token, "revoked-lately", now)) counts.revokedLately += 1;
  }
  return counts;
}
