import { z } from "zod";

/** What a probe is told; a failing desk answers a problem document instead. */
export const health = z.strictObject({ ok: z.literal(true) });
export type Health = z.infer<typeof health>;

/** As many addresses of `X-Forwarded-For` are counted. */
export const mostForwarded = 100;

const header = z.string().max(200);

/** What the desk saw of a request: how it was asked for, and by whom, after all that stands in front. */
export const seen = z.strictObject({
  /** What the probe was signed with: another one shows that it is an earlier answer. */
  word: z.string().max(64),
  /** The headers `Host` and `X-Forwarded-Proto` as they arrived; empty where they did not. */
  host: header,
  proto: header,
  /** How many addresses `X-Forwarded-For` had. */
  forwarded: z.int().min(0).max(mostForwarded),
  /** The socket's address, and whether `TRUSTED_PROXIES` names it. */
  peer: z.union([z.ipv4(), z.ipv6(), z.literal("")]),
  trusted: z.boolean(),
  /** Whether the session cookie and the bearer arrived as they were sent. */
  cookie: z.boolean(),
  authorization: z.boolean(),
  /** What the desk was started with: its own address, and `TRUSTED_PROXY_HOPS`. */
  origin: z.string().max(300),
  hops: z.int().min(0).max(1_000),
});
export type Seen = z.infer<typeof seen>;

/** `seen` is for whoever signs the probe with the store's key: `npm run doctor`. */
export const liveness = health.extend({ seen: seen.optional() });
export type Liveness = z.infer<typeof liveness>;

/** What keeps a cache from answering one probe with what it was told at another. */
export const livenessQuery = z.strictObject({ doctor: z.string().max(64).optional() });
