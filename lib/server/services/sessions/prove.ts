import "server-only";
import type { SignInInput } from "@/lib/contracts/sessions";
import { fingerprint, fingerprintsOf } from "../../crypto";
import { DeskError } from "../../errors";
import { foldName } from "../../names";
import type { PortalCallOptions, PortalUser } from "../../portal/client";
import { PortalError, type PortalErrorKind } from "../../portal/error";
import { noteTyped } from "../../scrub";
import type { Desk } from "../desk";
import { portalsOfOrigin } from "../portals/of-origin";
import { asDeskError } from "../portals/refusal";
import { takeToken } from "../tokens/take-token";
import type { Account } from "./throttle";

/** A credential that the portal accepted just now. It is sealed next, and handed to nobody. */
export type Proof = {
  portal: string;
  credential: string;
  provedBy: "password" | "token";
  /** Null where the portal does not tell. */
  user: PortalUser | null;
  /** Fingerprints that surely belong to the user; asked for only where `user` is null. */
  tokenIds: string[];
  /** Of the API token that was proved: its fingerprints at each portal of the same origin. */
  madeWith: string[];
  /** When the portal was asked, in milliseconds. */
  startedAt: number;
  /** The numbers of the user's accounts, where the portal tells. */
  accounts?: string[];
};

/**
 * Proves a password or an API token at the portal.
 * @param person of whose share of the calls: the address of whoever is not signed in.
 * @throws DeskError `invalid_credentials` for whatever the portal does not accept: wrong password, unknown and
 * disabled user give one and the same answer; what `takeToken` throws; else the portal's own trouble.
 */
export async function proveCredential(desk: Desk, input: SignInInput, person: string): Promise<Proof> {
  const { portal } = input;
  const startedAt = desk.clock.now();
  const asSignIn = { priority: "sign-in", person } as const;
  try {
    if ("password" in input) {
      noteTyped(input.password);
      const { authToken, user } = await desk.portal.login(portal, input, asSignIn);
      const accounts = user.accountIds;
      const about = { portal, user, accounts, startedAt };
      return { ...about, credential: authToken, provedBy: "password", tokenIds: [], madeWith: [] };
    }
    const { credential, user } = await firstThatLives(desk, portal, takePasted(input), asSignIn);
    const values = user ? [] : [credential, ...(await listedFor(desk, portal, credential, asSignIn))];
    const tokenIds = [...(await fingerprintsOf(desk.keys, portal, values)).keys()];
    const madeWith = portalsOfOrigin(desk.env, portal).map((id) => fingerprint(desk.keys, id, credential));
    const about = { portal, user, accounts: user?.accountIds, startedAt };
    return { ...about, credential, provedBy: "token", tokenIds, madeWith };
  } catch (error) {
    const noes = "password" in input ? passwordNoes : tokenNoes;
    if (error instanceof PortalError && noes.includes(error.kind)) throw new DeskError("invalid_credentials");
    throw asDeskError(error);
  }
}

/** The token in what was pasted, as it may be meant. */
export const takePasted = ({ apiToken, asIs }: { apiToken: string; asIs?: true }) =>
  takeToken({ token: apiToken, asIs });

/** Whose the token is, in the first of its readings that the portal accepts; else the last one's error. */
async function firstThatLives(
  desk: Desk,
  portal: string,
  [credential, ...others]: readonly string[],
  asSignIn: PortalCallOptions,
): Promise<{ credential: string; user: PortalUser | null }> {
  if (credential === undefined) throw new DeskError("invalid_credentials");
  try {
    return { credential, user: await desk.portal.whoAmI(portal, credential, asSignIn) };
  } catch (error) {
    const isNo = error instanceof PortalError && tokenNoes.includes(error.kind);
    if (!isNo || others.length === 0) throw error;
    return firstThatLives(desk, portal, others, asSignIn);
  }
}

const tokenNoes: PortalErrorKind[] = ["unauthorized", "forbidden", "bad_request"];
/** A portal may say its no in any of these; they must not tell an unknown user from a wrong password. */
const passwordNoes: PortalErrorKind[] = [...tokenNoes, "not_found", "conflict"];

/** What a live credential lists; it may lack the right to. */
async function listedFor(
  desk: Desk,
  portal: string,
  credential: string,
  asSignIn: PortalCallOptions,
): Promise<string[]> {
  try {
    return await desk.portal.listTokens(portal, credential, asSignIn);
  } catch (error) {
    if (error instanceof PortalError && error.kind === "forbidden") return [];
    throw error;
  }
}

/**
 * Whose attempts are counted together: a name's capitals, its outer spaces and the width of its letters make no other
 * account, since the portal may not tell them apart either. A token is an account of its own: whoever tries others locks
 * nobody out who has one, and is slowed by the address' limit.
 * @throws as `takeToken`.
 */
export function accountOf({ keys }: Desk, input: SignInInput): Account {
  if ("password" in input) {
    const { portal, username } = input;
    const account = `${portal}\n${username.normalize("NFKC").trim().toLowerCase()}`;
    return { account, name: `${portal}\n${foldName(username)}` };
  }
  // Whatever stands before the digits: it could be another word at each try.
  const token = fingerprint(keys, input.portal, takePasted(input)[0].replace(/^.*:/, ""));
  return { account: token, name: token };
}
