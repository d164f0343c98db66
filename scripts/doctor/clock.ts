import { bad, but, duration, type Finding, good, unseen } from "./finding";

/** Somebody's clock against this machine's, in milliseconds: above 0 where theirs is ahead. */
export type Skew = { whose: string; skewMs: number };

/** A `Date` header says whole seconds, and takes its time to come. */
const nearMs = 30_000;
const farMs = 5 * 60_000;

/** Whether this machine's clock is that of whoever says what time it is. */
export function checkClock(skews: readonly Skew[]): Finding[] {
  if (skews.length === 0) return [unseen("nobody who answered said what time it is")];
  const off = skews.filter(({ skewMs }) => Math.abs(skewMs) > nearMs);
  const right = skews.filter((skew) => !off.includes(skew)).map(({ whose }) => whose);
  return [
    ...(right.length > 0 ? [good(`this machine's clock is that of ${right.join(", ")}`)] : []),
    ...off.map(({ whose, skewMs }) => {
      const by = `this machine's clock is ${duration(Math.abs(skewMs))} ${skewMs > 0 ? "behind" : "ahead of"} that of ${whose}`;
      const mend = "have this machine set its clock by NTP, unless it is the other one that is wrong";
      return Math.abs(skewMs) > farMs
        ? bad(`${by}: sessions and what is due go by it; ${mend}`)
        : but(`${by}: ${mend}`);
    }),
  ];
}
