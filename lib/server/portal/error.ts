import "server-only";
import type { PortalCause } from "../cause";

/*
 * The one error that leaves lib/server/portal. What crosses here: a kind, a status, a cause, how long to wait, which
 * endpoint (as a template) and whether the portal may have acted. What must never: a word of the portal's answer,
 * a URL, a header, a credential, a token, or the error of a library underneath (they quote URLs and bodies).
 */

/** What went wrong, for code to decide by. */
export type PortalErrorKind =
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "bad_request"
  | "rate_limited"
  | "unavailable"
  | "timeout"
  | "budget"
  | "breaker_open"
  | "not_understood"
  | "not_deleted"
  | "token_unsendable"
  | "unknown_portal"
  | "aborted";

/** `maybe`: the request left and no answer settled what it did; `no`: it had no effect at the portal. */
export type Sent = "no" | "maybe";

const words: Record<PortalErrorKind, string> = {
  unauthorized: "the portal does not accept the credential",
  forbidden: "the portal forbids this to the credential",
  not_found: "the portal does not know it",
  conflict: "the portal reports a conflict",
  bad_request: "the portal refuses the request",
  rate_limited: "the portal asks for a pause",
  unavailable: "the portal is not available",
  timeout: "the portal did not answer in time",
  budget: "the desk's own budget of calls is used up",
  breaker_open: "the portal was down a moment ago",
  not_understood: "the portal's answer is not understood",
  not_deleted: "the portal says that the token was not deleted",
  token_unsendable: "this value cannot be sent to a portal",
  unknown_portal: "no such portal is configured",
  aborted: "the call was given up",
};

export type PortalErrorDetails = {
  /** Method and path template, for example `DELETE /v1/admin/token/{token}`; never a real path. */
  endpoint: string;
  sent: Sent;
  status?: number;
  /** Why there was no answer of the portal's own. */
  cause?: PortalCause;
  /** Not understood since there was more of it than anybody has. */
  tooLarge?: boolean;
  /** When trying again may help, in milliseconds from now. */
  retryAfterMs?: number;
};

const brand = Symbol.for("tokendesk.portal-error");

/** A call to a portal that did not come to a good end. The message is made of fixed words only. */
export class PortalError extends Error {
  readonly kind: PortalErrorKind;
  readonly endpoint: string;
  readonly sent: Sent;
  readonly status?: number;
  declare readonly cause?: PortalCause;
  readonly tooLarge: boolean;
  readonly retryAfterMs?: number;

  constructor(kind: PortalErrorKind, details: PortalErrorDetails) {
    super(`${details.endpoint}: ${words[kind]}`);
    this.name = "PortalError";
    this.kind = kind;
    this.endpoint = details.endpoint;
    this.sent = details.sent;
    this.tooLarge = details.tooLarge ?? false;
    if (details.status !== undefined) this.status = details.status;
    if (details.cause !== undefined) this.cause = details.cause;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }

  // The bundler makes several copies of this class in one process, and the client is shared among them.
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value;
  }
}
