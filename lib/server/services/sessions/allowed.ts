import "server-only";
import type { Env } from "../../env";
import { DeskError } from "../../errors";
import { isMeant } from "../../names";
import type { PortalCallOptions } from "../../portal/client";
import { PortalError } from "../../portal/error";
import type { EndReason } from "../connections/end";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import { asDeskError } from "../portals/refusal";
import type { Proof } from "./prove";

/**
 * Whether `TOKENDESK_ALLOW` lets this portal's users try at all, before anything is sent there.
 * @throws DeskError `not_allowed_here`, or `invalid_input` for a portal that is not configured.
 */
export function requireOpenPortal({ env }: Desk, portal: string): void {
  if (!env.portals.some(({ id }) => id === portal))
    throw new DeskError("invalid_input", { errors: [{ path: "portal", message: "No such portal" }] });
  if (env.allow !== "everyone" && !env.allow.some((rule) => rule.portal === portal))
    throw new DeskError("not_allowed_here");
}

/** Who somebody is, as far as the rules ask. */
type Person = { portal: string; userId?: string; userName?: string; accounts?: string[] };

/** Whether a rule of `TOKENDESK_ALLOW` lets this person in, by what is known of them. */
function isAllowed({ allow }: Env, person: Person): boolean {
  if (allow === "everyone") return true;
  return allow.some((rule) => {
    if ("userName" in rule || "userId" in rule) return isMeant(rule, person);
    if (rule.portal !== person.portal) return false;
    return !("account" in rule) || Boolean(person.accounts?.includes(rule.account));
  });
}

/**
 * Whether `TOKENDESK_ALLOW` lets this person in: the real portals serve every customer of the vendor, so having
 * a login there says nothing about belonging to this desk.
 * @param person of whose share of the calls.
 * @returns the proof with the main accounts that were asked for, where a rule names one.
 * @throws DeskError `not_allowed_here`
 */
export async function requireAllowed(desk: Desk, proof: Proof, person: string): Promise<Proof> {
  const { env } = desk;
  const { userId, userName } = proof.user ?? {};
  const who = { portal: proof.portal, userId, userName };
  if (isAllowed(env, { ...who, accounts: proof.accounts })) return proof;
  if (hasAccountRule(env, proof.portal) && !proof.accounts?.length) {
    const asSignIn = { priority: "sign-in", person } as const;
    const asked = mainAccountsOf(desk, proof.portal, proof.credential, asSignIn);
    const accounts = await asked.catch((error: unknown) => {
      throw asDeskError(error);
    });
    if (isAllowed(env, { ...who, accounts })) return { ...proof, accounts };
  }
  throw new DeskError("not_allowed_here");
}

/** Why the present configuration does not let a connection be, though it did when it was made. */
export function reasonAgainst(
  env: Env,
  { provedBy, ...person }: Person & Pick<SessionConnection, "provedBy">,
): EndReason | undefined {
  if (!env.portals.some(({ id }) => id === person.portal)) return "portal_removed";
  if (provedBy === "token" && !env.tokenSignIn) return "token_sign_in_off";
  return isAllowed(env, person) ? undefined : "not_allowed_here";
}

/** Whether a rule lets users of a portal in by their account. */
export const hasAccountRule = ({ allow }: Env, portal: string): boolean =>
  allow !== "everyone" && allow.some((rule) => rule.portal === portal && "account" in rule);

/** The main accounts that a credential shows; none where it may not see accounts, for then it cannot show one. */
export async function mainAccountsOf(
  desk: Desk,
  portal: string,
  credential: string,
  as: PortalCallOptions,
): Promise<string[]> {
  try {
    const accounts = await desk.portal.listAccounts(portal, credential, as);
    return [...new Set(accounts.flatMap((account) => account.mainAccountId ?? []))];
  } catch (error) {
    if (error instanceof PortalError && error.kind === "forbidden") return [];
    throw error;
  }
}
