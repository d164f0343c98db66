import type { RevokeReason, Token } from "@/lib/contracts/tokens";
import { nameKey } from "@/lib/shared/fold";
import { isLiving } from "@/lib/shared/token-table/standing";
import { longest, typedFault } from "@/lib/shared/visible-text";

export type TokenAction = "copy" | "check" | "edit" | "revoke";

/**
 * Why something cannot be done with a token, said before a flow starts; undefined where it can. The server decides
 * again: this only keeps people from walking into a no that is known.
 */
export function reasonAgainst(action: TokenAction, token: Token): string | undefined {
  if (action !== "revoke" && token.connectionId === undefined) return ownerOnly[action];
  switch (action) {
    case "edit":
      return token.status === "revoked" ? "It is revoked: its record is final" : undefined;
    case "copy":
    case "check":
      if (token.status === "revoked") return "It is revoked: its value is no longer kept";
      if (token.status === "disappeared") return "The portal no longer lists it";
      if (token.status === "revoking") return "It is being revoked";
      return undefined;
    case "revoke":
      if (token.status === "revoked") return "It is revoked already";
      if (isRevokedByOthers(token)) return undefined;
      if (token.status === "revoking") return "It is being revoked";
      return isLiving(token.status) ? undefined : "The portal no longer lists it";
  }
}

/** Whether somebody else's revocation is under way: whoever may revoke it can do so too, and need not wait for theirs. */
export const isRevokedByOthers = ({ status, revoking }: Token): boolean =>
  status === "revoking" && revoking !== undefined && revoking.operationId === undefined;

const ownerOnly = {
  copy: "Only its own user can copy it: a lead never reads a token",
  check: "Only its own user can check it",
  edit: "Only its own user can change this",
} as const;

/** Whether the dialog to revoke it wants its name typed. */
export function needsTypedName(token: Pick<Token, "protected" | "environment">): boolean {
  return token.protected || ["prod", "production"].includes(nameKey(token.environment ?? ""));
}

const typedFrom = 5;

/** What has to be typed before revoking these: nothing, a name, or `revoke 12`. */
export function phraseFor(tokens: readonly Token[]): string | undefined {
  const [only] = tokens;
  const careful = tokens.length >= typedFrom || tokens.some(needsTypedName);
  if (!careful || !only) return undefined;
  if (tokens.length > 1) return `revoke ${tokens.length}`;
  // A name from before such were refused may have what nobody could type.
  const isTypable = only.label && typedFault(only.label, { max: longest.label }) === undefined;
  return isTypable && only.label ? only.label : `revoke ${only.hint.slice(-4)}`;
}

/** Whether it has to be typed at all: of what is compromised a minute costs more than a slip. */
export const needsPhrase = (reason: RevokeReason | null): boolean => reason !== "compromised";

/** Whether the typed text is the phrase, as names are compared everywhere: by the fold. */
export const isPhrase = (typed: string, phrase: string): boolean => nameKey(typed) === nameKey(phrase);

const pastOf = { name: "named", edit: "changed", revoke: "revoked" } as const;

/** As many as one request may carry. */
const bulkLimit = 1500;

/** Whether naming many takes it: a name that is there is changed by itself, never by a pattern. */
export const isNameable = (token: Token): boolean =>
  token.label === null && reasonAgainst("edit", token) === undefined;

/** Why nothing can be done with all of a list of which only the beginning is here. */
export const restToCome = "The rest of the list is still to come";

/** Why nothing can be done with a selection in one go; undefined where it can, with those of them that allow it. */
export function reasonAgainstMany(
  action: "name" | "edit" | "revoke",
  tokens: readonly Token[],
): string | undefined {
  if (action === "name" && tokens.every(({ label }) => label !== null)) return "They all have names";
  const possible = tokens.filter((token) =>
    action === "name" ? isNameable(token) : reasonAgainst(action, token) === undefined,
  );
  if (possible.length === 0) return `None of them can be ${pastOf[action]}`;
  if (possible.length > bulkLimit) return `At most ${bulkLimit.toLocaleString("en")} at once`;
  if (action !== "revoke") return undefined;
  const own = possible.filter((token) => token.connectionId !== undefined).length;
  if (own > 0 && own < possible.length) return "Revoke your own tokens and other people's apart";
  return undefined;
}
