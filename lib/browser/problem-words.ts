import type { Problem } from "@/lib/contracts/problem";
import { countdownWords } from "@/lib/shared/countdown-words";
import { ApiError, type ApiErrorCode } from "./api";

/** What a person is told: what is so, and what they can do next. */
export type ProblemWords = {
  title: string;
  next: string;
  /** Where another try has to wait: for how many seconds, to be counted down, and what `next` says besides of that. */
  wait?: { besides: string; seconds: number };
};

/** What is known of a problem besides its code: nothing, where an operation notes the code alone. */
type Facts = Partial<Pick<Problem, "retryAfter" | "trouble" | "instance">>;

type Words = ProblemWords | ((facts: Facts | undefined) => ProblemWords);

/** Words whose next step is to wait: as long as is known, else a moment. */
export function waitingWords(title: string, facts: Facts | undefined, besides = ""): ProblemWords {
  const before = besides === "" ? "" : `${besides} `;
  if (facts?.retryAfter === undefined) return { title, next: `${before}Try again in a moment.` };
  const seconds = Math.max(1, facts.retryAfter);
  return {
    title,
    next: `${before}Try again ${countdownWords(seconds)}.`,
    wait: { besides, seconds },
  };
}

const words: Record<ApiErrorCode, Words> = {
  network: {
    title: "The desk cannot be reached",
    next: "Check the connection and try again. Nothing that you typed is lost.",
  },
  not_understood: {
    title: "Something between here and the desk answered instead of it",
    next: "Try again. If it stays so, tell whoever runs this desk.",
  },
  bad_request: { title: "The desk did not understand this", next: "Reload the page and try again." },
  invalid_input: { title: "Something in the form is not right", next: "See the marked fields." },
  idempotency_key_missing: {
    title: "The desk did not understand this",
    next: "Reload the page and try again.",
  },
  token_in_query: {
    title: "A token does not belong into an address",
    next: "Paste it into the search instead: there it is not kept.",
  },
  token_in_text: {
    title: "There is a token in the text",
    next: "Names, tags and notes are kept and shown as they are. Take it out; the desk knows it without.",
  },
  unauthorized: { title: "You are not signed in", next: "Sign in; this page stays as it is." },
  session_ended: { title: "Your session has ended", next: "Sign in again; this page stays as it is." },
  connection_ended: {
    title: "The portal has ended this connection",
    next: "Sign in to it again; this page stays as it is.",
  },
  invalid_credentials: {
    title: "The portal did not accept this",
    next: "Check the portal, the e-mail and the password. The portal does not say which of them is wrong.",
  },
  not_allowed_here: {
    title: "This portal user may not use this desk",
    next: "The portal accepted the sign-in, but this desk lets only listed users in. Ask whoever runs it.",
  },
  token_sign_in_off: {
    title: "Signing in with a token is switched off here",
    next: "Use the e-mail and the password.",
  },
  cross_site: {
    title: "This request came from another site, so it was refused",
    next: "Open the desk under its own address and try again.",
  },
  cookies_missing: {
    title: "This browser keeps no cookies of the desk",
    next: "Allow cookies for this address in the browser's settings, then sign in again: without one the desk cannot know you.",
  },
  portal_refused: {
    title: "The portal does not let you do this",
    next: "It is the portal's decision. Someone with more rights in the portal can do it, or grant them.",
  },
  forbidden: { title: "You may not do this", next: "Ask the token's owner, or an admin of this desk." },
  step_up_required: { title: "Prove that it is you", next: "Type the password once more." },
  step_up_failed: { title: "That was not right", next: "Check it and try again." },
  not_found: { title: "It is not here", next: "It may have gone, or you may not see it." },
  method_not_allowed: { title: "The desk did not understand this", next: "Reload the page and try again." },
  request_in_flight: { title: "This is already under way", next: "Wait for it: it is not done twice." },
  already_connected: { title: "This portal user is connected already", next: "Its tokens are in the list." },
  wrong_state: {
    title: "It has changed in the meantime",
    next: "The list is being refreshed; look again before going on.",
  },
  value_needed: {
    title: "The desk does not hold this token's value",
    next: "Paste the token to revoke it.",
  },
  value_erased: {
    title: "This token's value is no longer kept",
    next: "It was erased when the token was revoked. Mint a new one.",
  },
  too_large: { title: "That is too much at once", next: "Send less, or in parts." },
  unsupported_media_type: {
    title: "The desk did not understand this",
    next: "Reload the page and try again.",
  },
  misdirected: { title: "This is not the desk's own address", next: "Open it under its own address." },
  idempotency_key_reused: { title: "The form has changed since it was sent", next: "Send it once more." },
  not_available: { title: "This is not available yet", next: "Leave it out for now." },
  not_a_token: {
    title: "There is no token in this",
    next: "Copy all of it: aws80: and five groups of digits and letters.",
  },
  several_tokens: { title: "There are several tokens in this", next: "Paste the one that you mean." },
  token_unusable: {
    title: "This does not have the form of a token",
    next: "Check that it was copied in full, and nothing else with it.",
  },
  throttled: (facts) => waitingWords("Too many wrong tries", facts),
  too_many_requests: (facts) => waitingWords("That was too fast", facts),
  internal: (facts) => ({
    title: "Something went wrong inside the desk",
    next: facts?.instance
      ? `Try again. If it stays so, tell whoever runs this desk: request ${facts.instance}.`
      : "Try again.",
  }),
  portal_not_understood: (facts) => ({
    title: notUnderstoodTitle("the portal's address", facts),
    next: "It may be a sign-on page or a gateway in between, or a wrong address in the desk's settings. Try again; if it stays so, tell whoever runs this desk: the desk's log has the cause.",
  }),
  list_too_long: {
    title: "There are more tokens than one list shows",
    next: "The list has 20,000 tokens at most, fewer where much is noted of them. Your own come first; those of some people are left out.",
  },
  portal_too_large: {
    title: "The portal sent more than the desk takes",
    next: "At most 10,000 tokens or people are read at a time, so that one user cannot slow the desk for everybody. What the desk knows already is still here; tell whoever runs this desk.",
  },
  portal_unavailable: (facts) =>
    waitingWords(
      unavailableTitle("The portal", facts),
      facts,
      "What the desk knows is still here, and revocations under way go on by themselves.",
    ),
  portal_limited: (facts) => waitingWords(limitedTitle("The portal", facts), facts),
  portal_timeout: (facts) => waitingWords("The portal takes too long to answer", facts),
  audit_unavailable: {
    title: "This could not be written into the audit trail, so it was not done",
    next: "Try again. If it stays so, tell whoever runs this desk.",
  },
  audit_verifying: {
    title: "Reading the trail …",
    next: "It is long, so that this takes a while. It goes on by itself.",
  },
  standby: {
    title: "Another desk is at work",
    next: "This one stands by, and takes over when that one ends. Try again in a moment.",
  },
  store_unavailable: {
    title: "The desk cannot reach its own store",
    next: "Nothing was changed. Try again in a moment.",
  },
  store_full: {
    title: "The desk cannot save anything right now",
    next: "Its disk is full or read-only. What it knows can still be read. Ask whoever runs this desk to make room, then try again.",
  },
};

const unknown: ProblemWords = { title: "Something went wrong", next: "Try again." };

/** Nobody is there, or the portal answers with an error of its own; where only the code was noted either may be so. */
export function unavailableTitle(portal: string, facts: Facts | undefined): string {
  if (!facts) return `${portal} is not available at the moment`;
  if (facts.trouble === "server_error") return `${portal} has a fault of its own`;
  return `${portal} cannot be reached`;
}

/** The portal asks for a pause, or the desk has spent its own calls; where only the code was noted either may be so. */
export function limitedTitle(portal: string, facts: Facts | undefined): string {
  if (!facts) return "Calls to the portal are on hold";
  if (facts.trouble === "own_limit") return "The desk has made as many calls to the portal as it may for now";
  return `${portal} asks us to slow down`;
}

/** Something else, where that is known; else it may be the portal itself, with an answer that is new to the desk. */
export const notUnderstoodTitle = (address: string, facts: Facts | undefined): string =>
  facts?.trouble === "another_server"
    ? `Something else answers at ${address}`
    : `What answers at ${address} is not understood`;

/** Words for anything that was thrown. Chosen by code; the answer's own text is never shown. */
export function problemWords(error: unknown): ProblemWords {
  if (!(error instanceof ApiError)) return unknown;
  return wordsForCode(error.code, error.problem);
}

/** Words for a code, as lists and operations carry them. */
export function wordsForCode(code: string, facts?: Facts): ProblemWords {
  const entry = Object.hasOwn(words, code) ? words[code as ApiErrorCode] : unknown;
  return typeof entry === "function" ? entry(facts) : entry;
}
