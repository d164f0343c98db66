import type { DotShape, Tone } from "@/components/ui/status-dot";
import type { CheckResult, CopyFormat, RevokeReason, Token, TokenStatus } from "@/lib/contracts/tokens";
import { longDate } from "@/lib/shared/relative-time";
import type { Standing } from "@/lib/shared/token-table/standing";
import type { View } from "@/lib/shared/token-table/views";

type StatusLook = { word: string; tone: Tone; shape: DotShape; pulse?: boolean; meaning: string };

/** The dot, its word, and what the word means; no word says more than the portal has shown. */
export const statusLooks: Record<TokenStatus, StatusLook> = {
  active: { word: "Active", tone: "good", shape: "full", meaning: "The portal lists it." },
  unclaimed: {
    word: "Unclaimed",
    tone: "warn",
    shape: "ring",
    meaning: "The portal lists it, and nobody here has said what it is for. Name it.",
  },
  retiring: { word: "Retiring", tone: "info", shape: "half", meaning: "Its successor is taking over." },
  revoking: {
    word: "Revoking",
    tone: "danger",
    shape: "half",
    pulse: true,
    meaning: "Asked for, and not proven yet. The desk goes on by itself.",
  },
  revoked: {
    word: "Revoked",
    tone: "neutral",
    shape: "cross",
    meaning: "Proven by the portal's own answers.",
  },
  disappeared: {
    word: "Disappeared",
    tone: "neutral",
    shape: "ring",
    meaning: "The portal no longer lists it, and it was not revoked from here.",
  },
};

type BadgeWords = { text: string; tone: Tone; next: string };

/** The badge of a row, and the next step that its tooltip tells. `fine` has none; `unclaimed` is the status's word. */
export function badgeWords(standing: Standing, token: Pick<Token, "expiresAt">): BadgeWords | undefined {
  switch (standing) {
    case "compromised":
      return {
        text: "Compromised",
        tone: "danger",
        next: "Whoever had it could also list this user's other tokens. Replace and revoke those too.",
      };
    case "overdue":
      return {
        text: "Overdue",
        tone: "danger",
        next: `Its date was ${token.expiresAt ? longDate(token.expiresAt) : "in the past"}. This desk does not revoke it: revoke it, or move the date.`,
      };
    case "expiring":
      return {
        text: "Expiring",
        tone: "warn",
        next: "Mint its replacement, move the service over, then revoke this one.",
      };
    case "confirm":
      return {
        text: "Please confirm",
        tone: "info",
        next: "The portal gave no answer when this was minted, and it was found afterwards. Check it, then save its name once more.",
      };
    case "unclaimed":
    case "fine":
      return undefined;
  }
}

type CheckLook = { word: string; tone: Tone; shape: DotShape; meaning: string };

export const checkLooks: Record<CheckResult, CheckLook> = {
  live: { word: "Live", tone: "good", shape: "full", meaning: "The portal accepts it." },
  limited: {
    word: "Limited",
    tone: "good",
    shape: "half",
    meaning: "The portal accepts it, without the right to see users.",
  },
  dead: {
    word: "Dead",
    tone: "danger",
    shape: "cross",
    meaning: "The portal answers 401: it does not accept it.",
  },
  unknown: {
    word: "Unknown",
    tone: "neutral",
    shape: "ring",
    meaning: "The portal did not say. This tells nothing about the token.",
  },
};

export const reasonWords: Record<RevokeReason, string> = {
  compromised: "Compromised",
  rotated: "Rotated",
  unused: "Unused",
  offboarding: "Offboarding",
  mistake: "Mistake",
  other: "Other",
};

export const copyWords: Record<CopyFormat, string> = {
  raw: "Token",
  header: "X-Auth-Token header",
  env: ".env line",
  curl: "curl command",
};

export const viewWords: Record<View, string> = {
  current: "All but revoked",
  active: "Active",
  unclaimed: "Unclaimed",
  expiring: "Expiring in 14 days",
  overdue: "Overdue",
  revoking: "Revoking",
  "revoked-lately": "Revoked in 30 days",
  revoked: "Revoked",
  disappeared: "Disappeared",
  all: "Everything",
};

/** What a token is called where a sentence needs a name. */
export function nameOf(token: Pick<Token, "label" | "hint">): string {
  return token.label ?? token.hint;
}

export function ownerNameOf(owner: Token["owner"]): string {
  return owner.userName ?? (owner.userId ? `User ${owner.userId}` : "Owner unknown");
}

/** Expiry is a date that the desk reminds of, and nothing else: said wherever a date is shown. */
export const advisoryWords = "Reminder only: this desk does not revoke it";

/** Why a dialog about a selection speaks of fewer than were ticked; nothing where it speaks of all. */
export function leftOutWords(action: "name" | "edit" | "revoke", count: number): string {
  if (count === 0) return "";
  const [who, has, is] =
    count === 1
      ? ["One of those that you selected", "has a name", "is"]
      : [`${count.toLocaleString("en")} of those that you selected`, "have names", "are"];
  const why = {
    name: `already ${has}, or cannot be changed,`,
    edit: "cannot be changed",
    revoke: "cannot be revoked",
  }[action];
  return `${who} ${why} and ${is} left out.`;
}
