import { ApiError } from "@/lib/browser/api";
import { type ProblemWords, problemWords } from "@/lib/browser/problem-words";
import type { Connection } from "@/lib/contracts/sessions";

/** What is told when connecting fails; the general words speak of signing in to the desk, which this is not. */
export function connectProblem(error: unknown, method: Connection["provedBy"]): ProblemWords {
  const code = error instanceof ApiError ? error.code : "";
  if (code === "invalid_credentials") {
    return method === "token"
      ? {
          title: "The portal does not accept this token",
          next: "It may have been revoked, or belong to another portal.",
        }
      : {
          title: "The e-mail or the password is not right",
          next: "The portal does not say which. A disabled user gets the same answer.",
        };
  }
  if (code === "not_allowed_here") {
    return {
      title: "This portal user may not be used at this desk",
      next: "The desk lets only listed portal users in. Ask whoever runs it.",
    };
  }
  return problemWords(error);
}
