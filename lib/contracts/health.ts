import { z } from "zod";

/** What a probe is told; a failing desk answers a problem document instead. */
export const health = z.strictObject({ ok: z.literal(true) });
export type Health = z.infer<typeof health>;

/** What the desk saw of a request: how it was asked for, and by whom, after all that stands in front. */
export const seen = z.strictObject({
  /** The headers `Host` and `X-Forwarded-Proto` as they arrived. */
  host: z.string(),
  proto: z.string(),
  /** How many addresses `X-Forwarded-For` had. */
  forwarded: z.int(),
  /** The socket's address, and whether `TRUSTED_PROXIES` names it. */
  peer: z.string(),
  trusted: z.boolean(),
  /** Whether a header of that name arrived. */
  cookie: z.boolean(),
  authorization: z.boolean(),
});
export type Seen = z.infer<typeof seen>;

/** `seen` is for whoever signs the probe with the store's key: `npm run doctor`. */
export const liveness = health.extend({ seen: seen.optional() });
export type Liveness = z.infer<typeof liveness>;
