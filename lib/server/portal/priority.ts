import "server-only";

/** What is revoked, the most urgent first: what leaked, what somebody waits for, what was asked for many at a time. */
export const revocationPriorities = [
  /** A leaked token, asked for by itself. */
  "compromised",
  "compromised-bulk",
  /** Any other, asked for by itself: somebody looks at the page. */
  "by-hand",
  /** The first hundred that a person has waiting. */
  "bulk",
  /** What they have waiting beyond it: others' first hundred goes before. */
  "bulk-rest",
  /** A value that nobody here knows: as like a guess as a leak. */
  "unknown",
] as const;

/**
 * What a call is for, the most urgent first: revocations, proving a credential, everything else, and what is worth asking only
 * while half of the calls are left.
 */
export const priorities = [...revocationPriorities, "sign-in", "normal", "spare"] as const;
export type Priority = (typeof priorities)[number];

/** Its place, from 0. */
export const rankOf = (priority: Priority): number => priorities.indexOf(priority);

const byHand: readonly Priority[] = ["compromised", "by-hand"];
const bulk: readonly Priority[] = ["compromised-bulk", "bulk", "bulk-rest"];

export const isByHand = (priority: Priority): boolean => byHand.includes(priority);
export const isBulk = (priority: Priority): boolean => bulk.includes(priority);

/** Whether a call is of a revocation that somebody with a record of the token asked for. */
export const isUrgent = (priority: Priority): boolean => isByHand(priority) || isBulk(priority);

/**
 * Who wants a call: a person, whoever that is to the caller (absent where it is the desk's own); and whether it is made at
 * once or not at all, for whoever would take a wait for our own limit for a portal that does not answer.
 */
export type Turn = { priority: Priority; person?: string; atOnce?: boolean };
