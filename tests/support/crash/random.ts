import type { FaultInput } from "@/lib/simulator/fault-rules";

/** Numbers that look random and are the same for the same seed. */
export type Random = {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  oneOf<T>(list: readonly T[]): T;
  /** True in so many of a hundred cases. */
  chance(percent: number): boolean;
};

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    between,
    oneOf: (list) => list[between(0, list.length - 1)] as (typeof list)[number],
    chance: (percent) => next() * 100 < percent,
  };
}

/** Something that goes wrong at the portal for a few calls. */
export function randomFault(random: Random): FaultInput {
  const endpoint = random.oneOf(["mint", "mint", "revoke", "revoke", "list", "users"] as const);
  const some = { endpoint, count: random.between(1, 3), skip: random.between(0, 4) };
  const effect = endpoint === "mint" || endpoint === "revoke" ? random.chance(50) : false;
  const kind = random.oneOf(["latency", "latency", "reset-before", "reset-after", "status", "limit", "cut"]);
  if (kind === "latency")
    return { ...some, kind, ms: random.between(10, 400), when: random.oneOf(["before", "after"] as const) };
  if (kind === "reset-before" || kind === "reset-after") return { ...some, kind };
  if (kind === "limit") return { ...some, count: 1, kind: "status", status: 429, retryAfter: "1" };
  if (kind === "cut") return { ...some, kind: "truncated" };
  return { ...some, kind: "status", status: random.oneOf([500, 502, 503]), effect };
}
