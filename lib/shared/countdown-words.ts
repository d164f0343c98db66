/** A length of time in words: "23 s", "2 min", "2 min 5 s". @param seconds whole ones. */
export function durationWords(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

/** How far off something is: "in 2 min 5 s", and "now" when nothing is left. @param seconds whole ones. */
export function countdownWords(seconds: number): string {
  return seconds > 0 ? `in ${durationWords(seconds)}` : "now";
}

/** How long something takes, as far as one can tell: "40 s", "4 min". @param seconds more than 0. */
export function roughDurationWords(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
