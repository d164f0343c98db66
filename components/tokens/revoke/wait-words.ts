import { wordsForCode } from "@/lib/browser/problem-words";
import type { Token } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";

/** What is known of a revocation that is not over. */
export type RevocationWait = {
  /** Nobody has tried it yet. */
  isNew: boolean;
  /** Of a compromised token: it goes before all others. */
  isUrgent: boolean;
  /** A problem code: what kept the last try from succeeding. */
  error?: string;
  /** Since when the portal says that the token is deleted. */
  acceptedAt?: string;
  /** In how many seconds it is tried next; missing where it is under way. */
  retryAfter?: number;
  /** Whose sign-in it waits for. */
  waitingFor?: string;
};

export type WaitWords = {
  /** How it stands. */
  so: string;
  /** What the desk does next: `act`, when (counted down, unless `when` says it), `tail`. */
  act: string;
  when?: string;
  tail: string;
  /** Whether it has certainly not been sent: it is taken, and no more. */
  isUnsent: boolean;
  /** What holds until it is proven, to go on a sentence with; empty where the portal has accepted it. */
  meanwhile: string;
};

/**
 * The state of a revocation in words: that something was sent or done is said only where it is so.
 * @param portal its name, where it is known which it is.
 */
export function waitWords(wait: RevocationWait, portal?: string): WaitWords {
  const { act, tail = "", ...rest } = wordsOf(wait, portal === undefined ? undefined : isolate(portal));
  const when = wait.retryAfter === undefined ? (rest.when ?? "now") : undefined;
  const { so, isUnsent = false } = rest;
  return { so, act, when, tail, isUnsent, meanwhile: meanwhileOf(wait, isUnsent) };
}

function meanwhileOf({ acceptedAt }: RevocationWait, isUnsent: boolean): string {
  if (acceptedAt !== undefined) return "";
  return isUnsent ? "; until then the token still works" : "; until then, assume that the token still works";
}

/**
 * What the desk does by itself meanwhile, and what it needs of the person: where only the portal's list gives it the token, their
 * sign-in.
 * @param token one's own to revoke, where it is.
 */
export function meanwhileWords(
  words: WaitWords | undefined,
  token: Pick<Token, "connectionId" | "sealed"> | undefined,
): string {
  const needsThem = words?.isUnsent === true && token?.connectionId !== undefined && !token.sealed;
  return needsThem
    ? "Stay signed in until it is sent: the desk does not hold this token and has to ask for it. Until then the token still works."
    : `The desk goes on by itself until the portal shows that it is gone${words?.meanwhile ?? ""}.`;
}

type Words = Pick<WaitWords, "so" | "act" | "when"> & Partial<Pick<WaitWords, "tail" | "isUnsent">>;

function wordsOf(
  { isNew, isUrgent, error, acceptedAt, retryAfter, waitingFor }: RevocationWait,
  called: string | undefined,
): Words {
  const portal = called ?? "The portal";
  const name = waitingFor === undefined ? undefined : isolate(waitingFor);
  if (acceptedAt !== undefined) {
    const act = "The desk checks again";
    const tail = " whether it is really gone";
    const needs = name === undefined ? "" : ` To see that it is gone, the desk needs a sign-in as ${name}.`;
    return { so: `${portal} has accepted it.${needs}`, act, tail };
  }
  const first = isUrgent ? ", before everything else" : "";
  if (isNew) {
    const when = isUrgent ? "before everything else" : "as soon as its turn comes";
    return { so: "It has not been sent yet.", act: "The desk sends it", when, isUnsent: true };
  }
  switch (error) {
    // Held back: what is less than urgent may be so again by then, since others go before it.
    case undefined:
      return isUrgent
        ? { so: "", act: "The desk sends it", tail: first, isUnsent: true }
        : { so: "Other revocations are ahead of it.", act: "The desk goes on", isUnsent: true };
    case "portal_limited": {
      const so = retryAfter === undefined ? "" : `Calls to ${called ?? "the portal"} are on hold.`;
      const act = isUrgent ? "The desk sends it" : "The desk goes on";
      return { so, act, tail: first, isUnsent: true };
    }
    case "portal_unavailable":
      return { so: `${portal} is not available at the moment.`, act: "The desk tries again", tail: first };
    case "portal_timeout":
      return {
        so: `${portal} did not answer in time, so nobody knows yet whether it is gone.`,
        act: "The desk asks again",
        tail: first,
      };
    case "connection_ended": {
      const as = name === undefined ? "" : ` as ${name}`;
      const so = `${portal} has ended the connection. Sign in${as} again: the desk cannot send it without.`;
      return { so, act: "It looks again" };
    }
    default:
      return { so: `${wordsForCode(error).title}.`, act: "The desk tries again", tail: first };
  }
}
