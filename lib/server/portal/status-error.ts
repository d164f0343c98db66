import "server-only";
import { z } from "zod";
import { PortalError, type PortalErrorDetails, type PortalErrorKind } from "./error";
import type { Answer } from "./exchange";
import { parseRetryAfter } from "./retry-after";

const kinds: Record<number, PortalErrorKind> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
};

/** Statuses whose answer may be the portal's no; a 407 is a proxy's word, a 408 and a 429 are about the call alone. */
export const isNo = (status: number): boolean =>
  status >= 400 && status < 500 && ![407, 408, 429].includes(status);

/** The portal's own error, as its guide shows it. Frameworks and gateways have `message`, `error` and `path` instead. */
const errorShape = z.looseObject({ generalMessage: z.string() });

/** HTML is no answer of the portal's, whatever the status: a sign-on page, a gateway, a firewall. */
export const isHtml = (answer: Pick<Answer, "contentType" | "text">): boolean =>
  /html/i.test(answer.contentType) || answer.text.trimStart().startsWith("<");

/**
 * Whether this is a no that the portal itself says: one in its own shape. Whatever stands in front of it, or at a wrong
 * address, answers 401, 403 and 404 too, and says nothing by them of a person, a token or a right.
 */
export function isPortalsNo(answer: Answer): boolean {
  if (!isNo(answer.status) || isHtml(answer)) return false;
  try {
    return errorShape.safeParse(JSON.parse(answer.text)).success;
  } catch {
    return false;
  }
}

/**
 * The error that an answer's status stands for, outside 2xx. The portal's own no: nothing has happened. After a 5xx, a 408,
 * a redirect or the answer of something else the portal may have acted. `pauseMs` is the pause begun by a 429; a 5xx may
 * carry a `Retry-After` of its own. A 404 where nothing can be missing is of a path that is none.
 */
export function answerError(
  answer: Answer,
  { endpoint, mayBeMissing }: { endpoint: string; mayBeMissing?: true },
  nowMs: number,
  pauseMs: number | undefined,
): PortalError {
  const { status } = answer;
  const as = (kind: PortalErrorKind, details: Omit<PortalErrorDetails, "endpoint" | "status">) =>
    new PortalError(kind, { endpoint, status, ...details });
  if (status === 429) return as("rate_limited", { sent: "no", retryAfterMs: pauseMs });
  if (status === 408) return as("timeout", { sent: "maybe", cause: "timeout" });
  // RFC 6585 §6: a network that wants a sign-on first.
  if (status >= 500 && status !== 511) {
    const retryAfterMs = parseRetryAfter(answer.retryAfter, nowMs);
    return as("unavailable", { sent: "maybe", retryAfterMs, cause: "server_error" });
  }
  const nowhere = status === 404 && !mayBeMissing;
  if (nowhere || !isPortalsNo(answer))
    return as("not_understood", { sent: "maybe", cause: "another_server" });
  return as(kinds[status] ?? "bad_request", { sent: "no" });
}
