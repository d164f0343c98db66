import "server-only";
import { PortalError, type PortalErrorKind } from "./error";
import type { Answer } from "./exchange";
import { parseRetryAfter } from "./retry-after";

const kinds: Record<number, PortalErrorKind> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  408: "timeout",
  409: "conflict",
  429: "rate_limited",
};

/**
 * The error that an answer's status stands for, outside 2xx. A 4xx is a no: nothing has happened. After a 5xx, a 408 or a
 * redirect the portal may have acted. `pauseMs` is the pause begun by a 429; a 5xx may carry a `Retry-After` of its own.
 */
export function answerError(
  answer: Answer,
  endpoint: string,
  nowMs: number,
  pauseMs: number | undefined,
): PortalError {
  const { status } = answer;
  if (status >= 500) {
    const retryAfterMs = parseRetryAfter(answer.retryAfter, nowMs);
    return new PortalError("unavailable", { endpoint, status, sent: "maybe", retryAfterMs });
  }
  if (status < 400) return new PortalError("not_understood", { endpoint, status, sent: "maybe" });
  const kind = kinds[status] ?? "bad_request";
  const sent = kind === "timeout" ? "maybe" : "no";
  return new PortalError(kind, { endpoint, status, sent, retryAfterMs: pauseMs });
}
