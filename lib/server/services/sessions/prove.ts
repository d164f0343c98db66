import "server-only";
import type { SignInInput } from "@/lib/contracts/sessions";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import type { PortalUser } from "../../portal/client";
import { PortalError, type PortalErrorKind } from "../../portal/error";
import { noteSecret } from "../../scrub";
import type { Desk } from "../desk";
import { asDeskError } from "../portals/refusal";

/** A credential that the portal accepted just now. It is sealed next, and handed to nobody. */
export type Proof = {
  portal: string;
  credential: string;
  provedBy: "password" | "token";
  /** Null where the portal does not tell. */
  user: PortalUser | null;
  /** Fingerprints that surely belong to the user; asked for only where `user` is null. */
  tokenIds: string[];
};

const asSignIn = { priority: "sign-in" } as const;

/**
 * Proves a password or an API token at the portal.
 * @throws DeskError `invalid_credentials` for whatever the portal does not accept: wrong password, unknown and
 * disabled user give one and the same answer; else the portal's own trouble.
 */
export async function proveCredential(desk: Desk, input: SignInInput): Promise<Proof> {
  const { portal } = input;
  try {
    if ("password" in input) {
      noteSecret(input.password);
      const { authToken, user } = await desk.portal.login(portal, input, asSignIn);
      return { portal, credential: authToken, provedBy: "password", user, tokenIds: [] };
    }
    const credential = input.apiToken.trim();
    const user = await desk.portal.whoAmI(portal, credential, asSignIn);
    const values = user ? [] : [credential, ...(await listedFor(desk, portal, credential))];
    const tokenIds = values.map((value) => fingerprint(desk.keys, portal, value));
    return { portal, credential, provedBy: "token", user, tokenIds };
  } catch (error) {
    if (error instanceof PortalError && noes.includes(error.kind)) throw new DeskError("invalid_credentials");
    throw asDeskError(error);
  }
}

/** A portal may say its no in any of these; they must not tell an unknown user from a wrong password. */
const noes: PortalErrorKind[] = ["unauthorized", "forbidden", "bad_request", "not_found", "conflict"];

/** What a live credential lists; it may lack the right to. */
async function listedFor(desk: Desk, portal: string, credential: string): Promise<string[]> {
  try {
    return await desk.portal.listTokens(portal, credential, asSignIn);
  } catch (error) {
    if (error instanceof PortalError && error.kind === "forbidden") return [];
    throw error;
  }
}

/**
 * Whose attempts are counted together: a name's capitals, its outer spaces and the width of its letters make no other
 * account, since the portal may not tell them apart either. A token is no account: its attempts count for the address.
 */
export const accountOf = (input: SignInInput): string =>
  `${input.portal}\n${"password" in input ? input.username.normalize("NFKC").trim().toLowerCase() : "(token)"}`;
