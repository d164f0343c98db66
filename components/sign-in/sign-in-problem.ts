import { ApiError } from "@/lib/browser/api";
import {
  limitedTitle,
  notUnderstoodTitle,
  type ProblemWords,
  problemWords,
  unavailableTitle,
  waitingWords,
} from "@/lib/browser/problem-words";
import type { Connection } from "@/lib/contracts/sessions";
import { isolate } from "@/lib/shared/isolate";

export type SignInProblem = ProblemWords & {
  /** The field that most likely is wrong: the focus goes there. */
  field?: "secret";
};

/** Each cause its own words. Wrong user, wrong password and disabled user are one answer, as the desk's own is. */
export function signInProblem(
  error: unknown,
  method: Connection["provedBy"],
  portalName: string,
): SignInProblem {
  const portal = isolate(portalName);
  const words = problemWords(error);
  if (!(error instanceof ApiError)) return words;
  switch (error.code) {
    case "invalid_credentials":
      if (method === "token") {
        return {
          title: `${portal} does not accept this token`,
          next: "It may have been revoked, or belong to another portal.",
          field: "secret",
        };
      }
      return {
        title: "The e-mail or the password is not right",
        next: `${portal} does not say which. A disabled user gets the same answer.`,
        field: "secret",
      };
    case "token_unusable":
      return { ...words, field: "secret" };
    case "portal_unavailable":
      return waitingWords(
        unavailableTitle(portal, error.problem),
        error.problem,
        "Nobody can sign in until it answers again.",
      );
    case "portal_timeout":
      return waitingWords(`${portal} takes too long to answer`, error.problem);
    case "portal_limited":
      return waitingWords(limitedTitle(portal, error.problem), error.problem);
    case "portal_not_understood":
      return {
        title: notUnderstoodTitle(`the address of ${portal}`, error.problem),
        next: "It is not your e-mail or password, and it does not count as a try. Tell whoever runs this desk: its log has the cause.",
      };
    case "store_full":
      return {
        title: "Nobody can sign in right now: the desk cannot save anything",
        next: `It is not your e-mail or password. The desk's disk is full or read-only: tell whoever runs it. A token that has to be revoked now can be revoked at ${portal} itself.`,
      };
    case "portal_too_large":
      return {
        title: `${portal} sent more than the desk takes`,
        next: "Is it the right portal? If so, tell whoever runs this desk.",
      };
    default:
      return words;
  }
}
