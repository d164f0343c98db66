import "server-only";
import type { SignInInput } from "@/lib/contracts/sessions";
import { DeskError } from "../../errors";
import { networkOf } from "../../network";
import type { DeskContext } from "../context";
import { requireAllowed, requireOpenPortal } from "./allowed";
import { accountOf, type Proof, proveCredential } from "./prove";
import { beginAttempt } from "./throttle";

/**
 * Proves a credential of somebody who may enter this desk, throttled.
 * @throws DeskError `invalid_input` (no such portal), `not_allowed_here`, `token_sign_in_off`, what `takeToken` throws,
 * `throttled`, `invalid_credentials`, or the portal's trouble.
 */
export async function proveAllowed({ desk, from }: DeskContext, input: SignInInput): Promise<Proof> {
  requireOpenPortal(desk, input.portal);
  if ("apiToken" in input && !desk.env.tokenSignIn) throw new DeskError("token_sign_in_off");
  const attempt = await beginAttempt(desk, "sign-in", accountOf(desk, input), from.ip);
  try {
    const person = networkOf(from.ip);
    const proof = await requireAllowed(desk, await proveCredential(desk, input, person), person);
    await attempt.succeeded();
    return proof;
  } catch (error) {
    // Whoever this desk does not let in has the right password, and guesses at nothing.
    if (!(error instanceof DeskError && error.code === "invalid_credentials")) await attempt.undecided();
    throw error;
  }
}

/** Whether a failure was a no to this person, and not the portal's or our own trouble. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof DeskError && refusals.includes(error.code);

const refusals = ["invalid_credentials", "not_allowed_here", "token_sign_in_off", "throttled"];

/** An address with a dotted domain, and nothing in it that could break a line, a store or a log. */
const mailForm = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,8}$/i;

/** The name of a failed attempt, fit to keep: people type passwords into the name field, so only e-mail forms are. */
export function attemptedName(input: SignInInput): string {
  if (!("username" in input)) return "(API token)";
  return mailForm.test(input.username) ? input.username : "(not an e-mail address)";
}

/** The portal of a failed attempt, fit to keep: one that does not exist is free text from outside. */
export const attemptedPortal = ({ desk }: DeskContext, { portal }: SignInInput): string =>
  desk.env.portals.some(({ id }) => id === portal) ? portal : "(unknown)";
