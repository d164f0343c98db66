import "server-only";
import type { Problem, ProblemCode } from "@/lib/contracts/problem";
import type { ErrorFacts } from "../errors";
import { apiHeaders } from "./headers";

/** The one table from codes to statuses. A code without a row does not compile. */
const problems: Record<ProblemCode, readonly [status: number, title: string]> = {
  bad_request: [400, "The request cannot be read"],
  invalid_input: [400, "The input is not valid"],
  idempotency_key_missing: [400, "An Idempotency-Key header is required"],
  token_in_query: [400, "A token must not stand in an address"],
  token_in_text: [400, "A token must not stand in a text that is kept"],
  unauthorized: [401, "Not signed in"],
  session_ended: [401, "The session has ended"],
  invalid_credentials: [401, "The portal did not accept the credentials"],
  not_allowed_here: [403, "This portal user may not use this desk"],
  token_sign_in_off: [403, "Signing in with a token is switched off"],
  cross_site: [403, "The request came from another site"],
  cookies_missing: [403, "The browser keeps no cookies"],
  portal_refused: [403, "The portal refused"],
  forbidden: [403, "Not allowed"],
  step_up_required: [403, "A fresh proof of identity is required"],
  step_up_failed: [403, "The proof of identity was not accepted"],
  not_found: [404, "Not found"],
  method_not_allowed: [405, "Method not allowed"],
  connection_ended: [409, "The connection to the portal has ended"],
  request_in_flight: [409, "The same request is still under way"],
  already_connected: [409, "Already connected"],
  wrong_state: [409, "Not possible in this state"],
  value_needed: [409, "The token's value is needed"],
  value_erased: [410, "The token's value has been erased"],
  too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "Unsupported media type"],
  misdirected: [421, "Not this desk's address"],
  idempotency_key_reused: [422, "The Idempotency-Key was used for another request"],
  not_available: [422, "Not available"],
  not_a_token: [422, "There is no token in the text"],
  several_tokens: [422, "There are several tokens in the text"],
  token_unusable: [422, "Not usable as a token"],
  throttled: [429, "Too many failed attempts"],
  too_many_requests: [429, "Too many requests"],
  internal: [500, "Internal error"],
  portal_not_understood: [502, "The portal's answer was not understood"],
  list_too_long: [409, "More than one list shows"],
  portal_too_large: [502, "The portal's answer is larger than the desk takes"],
  portal_unavailable: [503, "The portal is unavailable"],
  portal_limited: [503, "The portal limits requests"],
  audit_unavailable: [503, "The audit trail is unavailable"],
  audit_verifying: [503, "The audit trail is still being verified"],
  standby: [503, "Another desk works on the database, and this one stands by"],
  store_unavailable: [503, "The store is unavailable"],
  store_full: [503, "The store takes no writes"],
  portal_timeout: [504, "The portal did not answer in time"],
};

/** The status that a code is answered with. */
export const statusOf = (code: ProblemCode): number => problems[code][0];

/**
 * The answer to a request that failed: RFC 9457, with the request id as `instance`.
 * @param headers in addition, for instance `Allow`.
 */
export function problemResponse(
  code: ProblemCode,
  requestId: string,
  facts: ErrorFacts = {},
  headers: Record<string, string> = {},
): Response {
  const [status, title] = problems[code];
  const { detail, errors, connectionId, retryAfter, trouble } = facts;
  const document: Problem = {
    type: "about:blank",
    title,
    status,
    code,
    detail,
    instance: requestId,
    errors,
    connectionId,
    retryAfter,
    trouble,
  };
  return new Response(JSON.stringify(document), {
    status,
    headers: {
      ...apiHeaders,
      ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
      ...headers,
      "Content-Type": "application/problem+json",
    },
  });
}
