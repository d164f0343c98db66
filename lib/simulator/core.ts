import type { CallLog } from "./call-log";
import type { SimulatorClock } from "./clock";
import type { FaultBoard } from "./faults";
import type { PortalState } from "./model";
import type { RateLimit, RateLimiter } from "./rate-limit";
import type { Seed } from "./seed";
import type { Variants } from "./wire";

/** What can be set while the portal runs. */
export interface PortalOptions {
  /** Null turns it off. */
  rateLimit: RateLimit | null;
  /** How long every call takes at least, in milliseconds. */
  latencyMs: number;
  variants: Variants;
}

/** All that the portal and the control port share. `state` and `seed` are replaced by a reset. */
export interface SimulatorCore {
  state: PortalState;
  seed: Seed;
  options: PortalOptions;
  readonly clock: SimulatorClock;
  readonly faults: FaultBoard;
  readonly calls: CallLog;
  readonly limiter: RateLimiter;
  /** To be called after every change of users, passwords, tokens or sign-ins: writes the state file. */
  changed(): void;
  /** Back to the first seed, options, clock, no faults, no calls. */
  reset(): void;
  /** Answers that hang on purpose, to be cut when the faults are cleared or the portal stops. */
  readonly held: Set<() => void>;
}
