import "server-only";
import { DeskError } from "../../errors";
import { PortalError } from "../../portal/error";
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

/**
 * Whether `TOKENDESK_ALLOW` lets this person in: the real portals serve every customer of the vendor, so having
 * a login there says nothing about belonging to this desk.
 * @throws DeskError `not_allowed_here`
 */
export async function requireAllowed(desk: Desk, proof: Proof): Promise<void> {
  if (desk.env.allow === "everyone") return;
  const rules = desk.env.allow.filter((rule) => rule.portal === proof.portal);
  if (rules.some((rule) => !rule.account && !rule.user)) return;
  const name = proof.user?.userName.toLowerCase();
  if (name && rules.some((rule) => rule.user === name)) return;
  const accounts = rules.flatMap((rule) => rule.account ?? []);
  if (accounts.length > 0) {
    const own = await mainAccountsOf(desk, proof);
    if (accounts.some((account) => own.includes(account))) return;
  }
  throw new DeskError("not_allowed_here");
}

async function mainAccountsOf(desk: Desk, { portal, credential, user }: Proof): Promise<string[]> {
  if (user?.mainAccountIds?.length) return user.mainAccountIds;
  try {
    const accounts = await desk.portal.listAccounts(portal, credential);
    return accounts.flatMap((account) => account.mainAccountId ?? []);
  } catch (error) {
    // Without the right to see accounts one cannot be shown to belong to one of them.
    if (error instanceof PortalError && error.kind === "forbidden") return [];
    throw asDeskError(error);
  }
}
