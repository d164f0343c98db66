import "server-only";
import type { Env } from "../../env";
import { DeskError } from "../../errors";
import { isMeant } from "../../names";
import type { PortalCallOptions } from "../../portal/client";
import { PortalError } from "../../portal/error";
import { accountNumbers } from "../../portal/schemas";
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
 * a login there says nothing about belonging to this desk. The log tells whoever runs the desk which accounts would have.
 * @param person of whose share of the calls.
 * @returns the proof with the accounts that are kept of what the portal says.
 * @throws DeskError `not_allowed_here`
 */
export async function requireAllowed(desk: Desk, proof: Proof, person: string): Promise<Proof> {
  const { portal, credential } = proof;
  const { userId, userName } = proof.user ?? {};
  const who = { portal, userId, userName, accounts: proof.accounts };
  const asked = accountsFor(desk, who, () =>
    accountsOf(desk, portal, credential, { priority: "sign-in", person }),
  );
  const accounts = await asked.catch((error: unknown) => {
    throw asDeskError(error);
  });
  if (isAllowed(desk.env, { ...who, accounts }))
    return { ...proof, accounts: accounts && accountsToKeep(desk.env, portal, accounts) };
  const [told, more] = [accounts?.slice(0, mostTold) ?? [], (accounts?.length ?? 0) - mostTold];
  const about = { portal, userId, accounts: told, ...(more > 0 ? { more } : {}) };
  desk.log.warn(about, "TOKENDESK_ALLOW does not let this person in, who has these accounts");
  throw new DeskError("not_allowed_here");
}

const mostTold = 50;

/**
 * A person's accounts. Where those that came with who they are do not let them in, those that the portal lists for them too:
 * a sign-in may name main accounts alone.
 */
export async function accountsFor(
  { env }: Desk,
  who: Person,
  ask: () => Promise<string[]>,
): Promise<string[] | undefined> {
  if (!hasAccountRule(env, who.portal) || isAllowed(env, who)) return who.accounts;
  return [...new Set([...(who.accounts ?? []), ...(await ask())])];
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
const hasAccountRule = ({ allow }: Env, portal: string): boolean =>
  allow !== "everyone" && allow.some((rule) => rule.portal === portal && "account" in rule);

/** The accounts that are kept with a connection: those that a rule names, and as many others as fit into a row. */
export function accountsToKeep({ allow }: Env, portal: string, accounts: readonly string[]): string[] {
  const named = new Set(
    allow === "everyone"
      ? []
      : allow.flatMap((rule) => ("account" in rule && rule.portal === portal ? rule.account : [])),
  );
  const [first, others] = [accounts.filter((id) => named.has(id)), accounts.filter((id) => !named.has(id))];
  return [...first, ...others].slice(0, mostKept);
}

const mostKept = 1_000;

/** The numbers of the accounts that a credential shows; none where it may not see accounts, for then it cannot show one. */
export async function accountsOf(
  desk: Desk,
  portal: string,
  credential: string,
  as: PortalCallOptions,
): Promise<string[]> {
  try {
    const accounts = await desk.portal.listAccounts(portal, credential, as);
    return accountNumbers(accounts);
  } catch (error) {
    if (error instanceof PortalError && error.kind === "forbidden") return [];
    throw error;
  }
}
