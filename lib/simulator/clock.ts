/** The simulator's clock: runs with the machine's, shifted by what a test asks for. */
export interface SimulatorClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Moves the clock on (or back, with a negative number). */
  advance(ms: number): void;
  /** Sets the clock; it runs on from there. */
  set(epochMs: number): void;
  /** Back to the machine's time. */
  reset(): void;
}

/** A clock that shows the machine's time until it is moved. */
export function createClock(): SimulatorClock {
  let offsetMs = 0;
  return {
    now: () => Date.now() + offsetMs,
    advance: (ms) => {
      offsetMs += ms;
    },
    set: (epochMs) => {
      offsetMs = epochMs - Date.now();
    },
    reset: () => {
      offsetMs = 0;
    },
  };
}
