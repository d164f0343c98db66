/** How the portal limits calls. The guide says 120 a minute; the form of `Retry-After` it leaves open. */
export interface RateLimit {
  perMinute: number;
  /** `seconds` and `date` are true values; anything else is sent as it stands, and null sends none. */
  retryAfter: "seconds" | "date" | (string & {}) | null;
}

export const documentedRateLimit: RateLimit = { perMinute: 120, retryAfter: "seconds" };

const minuteMs = 60_000;
const noHeaders: Record<string, string> = {};

export interface RateLimiter {
  /** Counts a call. Returns undefined when it may pass, else the headers of the 429. */
  count(who: string, nowMs: number, limit: RateLimit): Record<string, string> | undefined;
  reset(): void;
}

/** Counts each user's calls over the last minute of the simulator's clock; refused calls do not count. */
export function createRateLimiter(): RateLimiter {
  const calls = new Map<string, number[]>();
  return {
    count(who, nowMs, limit) {
      const recent = (calls.get(who) ?? []).filter((at) => at > nowMs - minuteMs && at <= nowMs);
      calls.set(who, recent);
      const oldest = recent[recent.length - limit.perMinute];
      if (oldest === undefined) {
        recent.push(nowMs);
        return undefined;
      }
      const freeAtMs = oldest + minuteMs;
      const retryAfter = retryAfterOf(limit, freeAtMs, nowMs);
      return retryAfter === null ? noHeaders : { "Retry-After": retryAfter };
    },
    reset: () => calls.clear(),
  };
}

function retryAfterOf(limit: RateLimit, freeAtMs: number, nowMs: number): string | null {
  if (limit.retryAfter === "seconds") return String(Math.ceil((freeAtMs - nowMs) / 1000));
  if (limit.retryAfter === "date") return new Date(freeAtMs).toUTCString();
  return limit.retryAfter;
}
