import "server-only";
import { type Clock, seconds } from "../clock";

export type BreakerState =
  | { state: "closed" }
  | { state: "open"; retryAfterMs: number }
  | { state: "half_open" };

export type Breaker = {
  state(): BreakerState;
  /** The portal answered, whatever it answered. */
  succeeded(): void;
  /** A whole call failed for want of an answer: no connection, no answer in time, or a 5xx. */
  failed(): void;
  /**
   * For the caller that found it half open: runs `knock`, which says whether the portal answers, and closes or opens the
   * breaker by it. Until that is known the breaker is open to everybody else; and closed by a knock, it opens with the next
   * call that fails, unless one succeeds before. `knock` must not throw.
   */
  probe(knock: () => Promise<boolean>): Promise<void>;
};

const failuresToOpen = 5;
const shortestOpenMs = seconds(5);
const longestOpenMs = seconds(20);

/**
 * Circuit breaker of one origin. Five calls in a row without an answer open it, for 5, 10, then 20 seconds at a time:
 * while a portal is down everybody is told at once, and it is found again within half a minute.
 */
export function createBreaker(clock: Clock): Breaker {
  let failures = 0;
  let openMs = shortestOpenMs;
  let openUntil: number | undefined;
  let probing = false;

  const open = () => {
    openUntil = clock.monotonic() + openMs;
    openMs = Math.min(longestOpenMs, openMs * 2);
  };
  const close = () => {
    failures = 0;
    openMs = shortestOpenMs;
    openUntil = undefined;
  };

  return {
    state() {
      if (openUntil === undefined) return { state: "closed" };
      if (probing) return { state: "open", retryAfterMs: seconds(1) };
      const retryAfterMs = Math.ceil(openUntil - clock.monotonic());
      return retryAfterMs > 0 ? { state: "open", retryAfterMs } : { state: "half_open" };
    },
    succeeded: close,
    failed() {
      if (openUntil !== undefined) return;
      failures += 1;
      if (failures >= failuresToOpen) open();
    },
    async probe(knock) {
      probing = true;
      try {
        if (!(await knock())) return open();
        openUntil = undefined;
        failures = failuresToOpen - 1;
      } finally {
        probing = false;
      }
    },
  };
}
