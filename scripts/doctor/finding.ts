/*
 * What the doctor says of one thing: that it is good, that it works and what would be better, that it is broken and what mends
 * it, or why it was not looked at. Nothing of it is secret, and none of it names a person or a token.
 */

export type Mark = "✓" | "!" | "✗" | "–";
/** `settings` are lines for the configuration of whatever is meant, each with the program that it is for. */
export type Finding = { mark: Mark; words: string; settings?: readonly string[] };

const finding =
  (mark: Mark) =>
  (words: string, ...settings: string[]): Finding =>
    settings.length > 0 ? { mark, words, settings } : { mark, words };

export const good = finding("✓");
/** It works; the words end with what to do. */
export const but = finding("!");
/** It does not; the words end with what to do. */
export const bad = finding("✗");
export const unseen = (why: string): Finding => finding("–")(`not looked at, as ${why}`);

/** A finding as it is printed, with the end of its last line. */
export const printed = ({ mark, words, settings = [] }: Finding): string =>
  [`  ${mark} ${words}`, ...settings.map((line) => `      ${line}`)]
    .map((line) => `${line.replace(unprintable, "\uFFFD")}\n`)
    .join("");

/** What would move a terminal's cursor, or turn the direction of writing: proxies and variables may have anything in them. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** The last line of a report, and the code to end with. */
export function summaryOf(findings: readonly Finding[]): { words: string; code: 0 | 1 } {
  const count = (mark: Mark) => findings.filter((one) => one.mark === mark).length;
  const [faults, remarks, unlooked] = [count("✗"), count("!"), count("–")];
  const parts = [
    faults > 0 ? `${many(faults, "fault")} to mend` : "nothing to mend",
    ...(remarks > 0 ? [`${many(remarks, "remark")}`] : []),
    ...(unlooked > 0 ? [`${unlooked} not looked at`] : []),
  ];
  return {
    words: `${parts.join(", ")}.`.replace(/^./, (first) => first.toUpperCase()),
    code: faults > 0 ? 1 : 0,
  };
}

/** `1 day`, `2 days`. */
export const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** A duration in words, as precise as anybody wants to know. */
export function duration(ms: number): string {
  const units: [string, number][] = [
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
    ["second", 1_000],
  ];
  const [name, length] = units.find(([, one]) => ms >= 1.9 * one) ?? ["second", 1_000];
  return many(Math.round(ms / length), name);
}
