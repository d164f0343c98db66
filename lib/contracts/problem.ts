import { z } from "zod";
import { troubles } from "./troubles";

/** Every code our API answers with. The browser decides by code, never by text. */
export const problemCodes = [
  "bad_request",
  "invalid_input",
  "idempotency_key_missing",
  "token_in_query",
  "token_in_text",
  "unauthorized",
  "session_ended",
  "connection_ended",
  "invalid_credentials",
  "not_allowed_here",
  "token_sign_in_off",
  "cross_site",
  "cookies_missing",
  "portal_refused",
  "forbidden",
  "step_up_required",
  "step_up_failed",
  "not_found",
  "method_not_allowed",
  "request_in_flight",
  "already_connected",
  "wrong_state",
  "value_needed",
  "value_erased",
  "too_large",
  "unsupported_media_type",
  "misdirected",
  "idempotency_key_reused",
  "not_available",
  "not_a_token",
  "several_tokens",
  "token_unusable",
  "throttled",
  "too_many_requests",
  "internal",
  "portal_not_understood",
  "portal_too_large",
  "list_too_long",
  "portal_unavailable",
  "portal_limited",
  "portal_timeout",
  "audit_unavailable",
  "audit_verifying",
  "standby",
  "store_unavailable",
  "store_full",
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/** RFC 9457. `instance` is the request id; `detail` are our own words and hold nothing internal. */
export const problem = z.strictObject({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  code: z.enum(problemCodes),
  detail: z.string().optional(),
  instance: z.string(),
  /** Which input fields are wrong, by path. */
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  /** The connection that the problem is about: whom to ask for the password, or to sign in again. */
  connectionId: z.string().optional(),
  /** Seconds until it is worth trying again. */
  retryAfter: z.int().optional(),
  /** What the portal's trouble is, where it is known: an error of its own, something else that answers in its place, or our own limit. */
  trouble: z.enum(troubles).optional(),
});
export type Problem = z.infer<typeof problem>;
