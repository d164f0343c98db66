import "server-only";
import { createReadStream, statSync } from "node:fs";
import { seconds } from "../../clock";
import { auditHead } from "../../store/audit";
import { appendLine } from "../../store/durable-file";
import type { Desk } from "../desk";
import { type Checkpoint, checkpoint as checkpointSchema, makeCheckpoint, readAs } from "./checkpoint";
import { keepKnownCheckpoints, knownCheckpoints } from "./known-checkpoints";

/** A checkpoint is due after so many entries, or after so long where there is anything new. */
const dueAfterEntries = 100;
const dueAfterMs = seconds(60);

/** What the desk remembers of its checkpoints: how far the last reached, and when it was tried (monotonic). */
export type CheckpointMemory = { entries: number; triedAt: number; failed: boolean };

/** How long a file of checkpoints is now, in bytes; 0 where it cannot be read: then those that are known of are missing. */
export function checkpointBytes(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** A line that is longer is no checkpoint. */
const longestLine = 4_096;

/**
 * The checkpoints of a file, or of its first so many bytes, oldest first. A line that is none, cut off as the process died, is
 * passed over. They may be those of ten years: they are never held all at once.
 */
export async function* readCheckpoints(
  file: string,
  bytes = checkpointBytes(file),
): AsyncIterable<Checkpoint> {
  if (bytes === 0) return;
  let rest = "";
  try {
    for await (const chunk of createReadStream(file, { encoding: "utf8", end: bytes - 1 })) {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop()?.slice(0, longestLine) ?? "";
      for (const line of lines) {
        const read = readAs(checkpointSchema, line);
        if (read) yield read;
      }
    }
  } catch {
    // What cannot be read is missing.
    return;
  }
  const last = readAs(checkpointSchema, rest);
  if (last) yield last;
}

/**
 * Writes a checkpoint of the trail's head, where there is anything new, to its file and to the log, which may both lie
 * where the store's owner cannot write: so nothing that the store says of checkpoints decides whether one is written. A file
 * that cannot be written stops nothing: the entry is in the store, and the log says so; it is tried again when the
 * next one is due.
 */
export async function takeCheckpoint(desk: Desk): Promise<void> {
  const { db, env, keys, clock, trail } = desk;
  const { seq: entries, hash: head } = await auditHead(db);
  if (entries === 0 || entries === trail.checkpoint?.entries) return;
  const checkpoint = makeCheckpoint(keys, { entries, head }, clock.now());
  const triedAt = clock.monotonic();
  desk.log.info({ checkpoint }, "audit checkpoint");
  try {
    appendLine(env.checkpointsFile, JSON.stringify(checkpoint));
    trail.checkpoint = { entries, triedAt, failed: false };
    const known = await knownCheckpoints(db, keys);
    // What is not as the desk left it stays so until its operator has seen it.
    if (known) await keepKnownCheckpoints(db, keys, { written: known.written + 1, last: checkpoint });
  } catch (error) {
    trail.checkpoint = { entries: trail.checkpoint?.entries ?? 0, triedAt, failed: true };
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    desk.log.error({ code }, "the audit checkpoint cannot be written");
  }
}

/** Takes a checkpoint where one is due: at the start, every 100 entries, and within a minute of anything new. */
export async function takeDueCheckpoint(desk: Desk): Promise<void> {
  const last = desk.trail.checkpoint;
  if (last) {
    const waited = desk.clock.monotonic() - last.triedAt;
    const { seq } = await auditHead(desk.db);
    const isDue = waited >= dueAfterMs || (!last.failed && seq - last.entries >= dueAfterEntries);
    if (!isDue) return;
  }
  await takeCheckpoint(desk);
}
