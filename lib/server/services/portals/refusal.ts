import "server-only";
import { troubles } from "@/lib/contracts/troubles";
import { DeskError } from "../../errors";
import { PortalError } from "../../portal/error";

/**
 * A portal's failure in the desk's own codes. Nothing of the portal's text passes. `connectionId` names whom it
 * concerns. Errors that are not the portal's come back as they are.
 */
export function asDeskError(error: unknown, connectionId?: string): unknown {
  if (!(error instanceof PortalError)) return error;
  const retryAfter = error.retryAfterMs === undefined ? undefined : Math.ceil(error.retryAfterMs / 1000);
  const trouble = troubles.find((known) => known === error.cause);
  const facts = { connectionId, retryAfter, trouble };
  switch (error.kind) {
    case "unauthorized":
      return new DeskError("connection_ended", facts);
    case "forbidden":
      return new DeskError("portal_refused", { ...facts, detail: "The portal does not allow this." });
    case "rate_limited":
      return new DeskError("portal_limited", facts);
    case "budget":
      return new DeskError("portal_limited", { ...facts, trouble: "own_limit" });
    case "timeout":
    case "aborted":
      return new DeskError("portal_timeout", facts);
    case "unavailable":
    case "breaker_open":
      return new DeskError("portal_unavailable", facts);
    case "token_unsendable":
      return new DeskError("token_unusable", { detail: "This value cannot be sent to a portal." });
    case "unknown_portal":
      return new DeskError("invalid_input", { errors: [{ path: "portal", message: "No such portal" }] });
    // A revocation's 404 is an outcome; any other means that nobody is there to ask.
    case "not_found":
    case "bad_request":
    case "conflict":
    case "not_deleted":
    case "not_understood":
      return new DeskError(error.tooLarge ? "portal_too_large" : "portal_not_understood", facts);
  }
}

/**
 * For how many milliseconds nothing may be sent, where that is why a call was not made: the portal asked for a pause, or is
 * down, or has had its share of calls. What is tried meanwhile is no try.
 */
export const heldBackMs = (error: unknown): number | undefined =>
  error instanceof PortalError && ["rate_limited", "budget", "breaker_open"].includes(error.kind)
    ? (error.retryAfterMs ?? 0)
    : undefined;

/**
 * Whether a call failed for want of a portal: no connection, no answer in time, 5xx. Its no, its wish for a pause and our
 * own budget are none, since somebody can bring those about; nor is the answer of something else, which may be a gateway's
 * judgement of this very credential.
 */
export const isOutage = (error: unknown): boolean =>
  error instanceof PortalError && ["unavailable", "timeout", "breaker_open"].includes(error.kind);
