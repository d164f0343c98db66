import "server-only";
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { instantOf } from "../../clock";
import type { Keys } from "../../crypto";

/*
 * Checkpoints: what the trail's head was at a moment, written apart from the store and authenticated under the audit
 * key. Whoever can write the store can make a whole chain anew, or cut its end off; what they cannot make is a
 * checkpoint, nor a restored backup's explanation of why an older one does not fit any more.
 */

type AuditKey = Pick<Keys, "audit">;

export const checkpoint = z.object({
  entries: z.int().positive(),
  head: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  mac: z.string(),
});
/** The trail had so many entries at that moment, and this was the last one's hash. */
export type Checkpoint = z.infer<typeof checkpoint>;

/** Where a trail ends: the number of its entries, and the last one's hash. */
export type Head = { entries: number; head: string };

/** HMAC-SHA-256 in hexadecimal over a kind and its facts, a line each. */
const macOf = ({ audit }: AuditKey, kind: string, facts: (string | number)[]): string =>
  createHmac("sha256", audit)
    .update([kind, ...facts].join("\n"))
    .digest("hex");

function isMac(expected: string, given: unknown): boolean {
  const [ours, theirs] = [Buffer.from(expected), Buffer.from(String(given))];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

const checkpointMac = (keys: AuditKey, { entries, head, at }: Omit<Checkpoint, "mac">) =>
  macOf(keys, "TDC1", [entries, head, at]);

/** A checkpoint of a head, at a time in milliseconds since the epoch. */
export function makeCheckpoint(keys: AuditKey, { entries, head }: Head, now: number): Checkpoint {
  const facts = { entries, head, at: instantOf(now) };
  return { ...facts, mac: checkpointMac(keys, facts) };
}

/** Whether a checkpoint was made under this key. */
export const isGenuine = (keys: AuditKey, given: Checkpoint): boolean =>
  isMac(checkpointMac(keys, given), given.mac);

/** What a text of JSON says; undefined where it is none, or says something else. */
export function readAs<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Proves that the desk itself wrote so many checkpoints, and that this was the last. */
export const countProof = (keys: AuditKey, written: number, last?: Checkpoint): string =>
  macOf(keys, "TDK1", [written, last?.mac ?? ""]);

/** Whether a count's proof was made under this key. */
export const isCountProof = (keys: AuditKey, written: number, last: Checkpoint | undefined, proof: string) =>
  isMac(countProof(keys, written, last), proof);

/**
 * Proves that a backup was restored by whoever has the desk's secret: it stands in the entry `store.restored`, which
 * begins what comes after the backup's last entry.
 */
export const restoreProof = (keys: AuditKey, { entries, head }: Head, now: number): string =>
  macOf(keys, "TDR1", [entries, head, now]);

/** Whether an entry's proof of a restore was made under this key. */
export const isRestoreProof = (keys: AuditKey, head: Head, now: number, proof: unknown): boolean =>
  isMac(restoreProof(keys, head, now), proof);
