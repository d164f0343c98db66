import "server-only";
import type { Clock } from "../clock";

/** The end of one whole call, over all its tries. `signal` is aborted with the reason `"timeout"` or `"aborted"`. */
export type Deadline = {
  signal: AbortSignal;
  remainingMs(): number;
  /** Takes the timer and the listener away; to be called when the call is over. */
  end(): void;
};

/** Starts a deadline of `ms` milliseconds, which the caller's own signal may bring forward. */
export function startDeadline(clock: Clock, ms: number, caller?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timer = new AbortController();
  const endsAt = clock.monotonic() + ms;
  const giveUp = () => controller.abort("aborted");
  if (caller?.aborted) giveUp();
  caller?.addEventListener("abort", giveUp, { once: true });
  clock.sleep(ms, timer.signal).then(
    () => controller.abort("timeout"),
    () => undefined,
  );
  return {
    signal: controller.signal,
    remainingMs: () => Math.max(0, endsAt - clock.monotonic()),
    end() {
      timer.abort();
      caller?.removeEventListener("abort", giveUp);
    },
  };
}
