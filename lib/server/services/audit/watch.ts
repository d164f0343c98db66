import "server-only";
import { minutes } from "../../clock";
import type { Desk } from "../desk";
import type { CheckpointMemory } from "./checkpoint-file";
import type { TrailState } from "./verify";

/** What the desk remembers of its own trail: how it was verified last, and the last checkpoint. */
export type TrailMemory = {
  checkpoint?: CheckpointMemory;
  state?: TrailState;
  /** When that was, by the monotonic clock, and how long it took in milliseconds. */
  verifiedAt?: number;
  tookMs?: number;
  verifying?: Promise<TrailState>;
};

const watchEveryMs = minutes(60);

/** Verifies the trail, once for all who ask at the same time. */
export function verifyTrail(desk: Desk): Promise<TrailState> {
  const { trail } = desk;
  trail.verifying ??= verifyNow(desk).finally(() => {
    trail.verifying = undefined;
  });
  return trail.verifying;
}

async function verifyNow({ trail, clock, reader, log }: Desk): Promise<TrailState> {
  const startedAt = clock.monotonic();
  const state = await reader.verify();
  trail.state = state;
  trail.verifiedAt = clock.monotonic();
  trail.tookMs = trail.verifiedAt - startedAt;
  if (!state.ok) {
    const { missing, uncounted } = state.checkpoints;
    log.error(
      { brokenAt: state.brokenAt, missingCheckpoints: missing, uncountedCheckpoints: uncounted },
      "the audit trail does not verify",
    );
  }
  return state;
}

/** Verifies the trail at the start and every hour, without being asked. */
export async function watchTrail(desk: Desk): Promise<void> {
  const { verifiedAt } = desk.trail;
  if (verifiedAt === undefined || desk.clock.monotonic() - verifiedAt >= watchEveryMs)
    await verifyTrail(desk);
}
