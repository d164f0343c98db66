const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How a distance is said: from this many milliseconds on, in this unit. */
const steps: [fromMs: number, unitMs: number, unit: string][] = [
  [365 * dayMs, 365 * dayMs, "y"],
  [60 * dayMs, 30 * dayMs, "mo"],
  [dayMs, dayMs, "d"],
  [hourMs, hourMs, "h"],
  [minuteMs, minuteMs, "min"],
];

/**
 * "just now", "12 s ago", "3 min ago", "in 14 d". What is past is counted in full units; what is to come to the nearest,
 * so that thirty days from now are not said to be 29 a moment later. `at` is RFC 3339, `now` milliseconds since the epoch.
 */
export function relativeTime(at: string, now: number): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return "at an unknown time";
  const distance = Math.abs(now - then);
  const isToCome = then > now;
  const say = (amount: string) => (isToCome ? `in ${amount}` : `${amount} ago`);
  const count = isToCome ? Math.round : Math.floor;
  for (const [fromMs, unitMs, unit] of steps) {
    if (distance >= fromMs) return say(`${count(distance / unitMs)} ${unit}`);
  }
  const seconds = Math.floor(distance / 1000);
  if (seconds >= 5) return say(`${seconds} s`);
  return isToCome ? "now" : "just now";
}

/** "21 February 2027, 14:05:09 CET": the full time in the reader's own zone, and which zone that is. */
export function absoluteTime(at: string, timeZone?: string): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return at;
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
    timeZone,
  })
    .format(then)
    .replace(" at ", ", ");
}

/** "21 February 2027", in the reader's own zone. */
export function longDate(at: string, timeZone?: string): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return at;
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone,
  }).format(then);
}
