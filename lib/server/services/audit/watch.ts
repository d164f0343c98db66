import "server-only";
import { minutes } from "../../clock";
import type { Desk } from "../desk";
import type { CheckpointMemory } from "./checkpoint-file";
import { type TrailState, verifyAudit } from "./verify";

/** What the desk remembers of its own trail: how it was verified last, and the last checkpoint. */
export type TrailMemory = {
  checkpoint?: CheckpointMemory;
  state?: TrailState;
  /** When that was, by the monotonic clock. */
  verifiedAt?: number;
  verifying?: Promise<TrailState>;
};

const watchEveryMs = minutes(60);

/** Verifies the trail, once for all who ask at the same time. */
export async function verifyTrail(desk: Desk): Promise<TrailState> {
  const { trail } = desk;
  trail.verifying ??= verifyAudit({ desk }).finally(() => {
    trail.verifying = undefined;
  });
  trail.state = await trail.verifying;
  trail.verifiedAt = desk.clock.monotonic();
  if (!trail.state.ok) {
    const { missing, uncounted } = trail.state.checkpoints;
    desk.log.error(
      { brokenAt: trail.state.brokenAt, missingCheckpoints: missing, uncountedCheckpoints: uncounted },
      "the audit trail does not verify",
    );
  }
  return trail.state;
}

/** Verifies the trail at the start and every hour, without being asked. */
export async function watchTrail(desk: Desk): Promise<void> {
  const { verifiedAt } = desk.trail;
  if (verifiedAt === undefined || desk.clock.monotonic() - verifiedAt >= watchEveryMs)
    await verifyTrail(desk);
}
