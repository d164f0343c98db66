import { nameKey } from "./fold";
import { longest } from "./visible-text";

/** The names of `count` tokens minted at once: the label itself for one, else with numbers, padded so that they sort. */
export function numberedNames(label: string, count: number): string[] {
  if (count <= 1) return [label];
  return numbersFrom(1, count).map((number) => `${label} ${number}`);
}

/** What is wrong with a label that has no room for its numbers. Nothing is cut: what is cut off may tell names apart. */
export function numbersFault(label: string, count: number): string | undefined {
  return count <= 1 ? undefined : roomFault(label, label.length + 1 + String(count).length);
}

/** How tokens that are there already are named many at once. */
export type Numbering = {
  /** What their names have in common, with `{n}` where the number stands; without, it comes last. */
  pattern: string;
  /** The first number. */
  from: number;
};

/** Counting begins at this number at the latest. */
export const mostFrom = 99_999;

/** Written small or large: a phone begins a field with a capital. */
const place = /\{n\}/gi;

/** Whether these many are told apart by numbers: one alone has one only where its pattern wants it. */
export const isNumbered = (pattern: string, count: number): boolean => count > 1 || hasPlace(pattern);

/** The names of `count` tokens, in their order, by a pattern. Padded as for minting. */
export function namesByPattern({ pattern, from }: Numbering, count: number): string[] {
  if (!isNumbered(pattern, count)) return [pattern];
  return numbersFrom(from, count).map((number) => withNumber(pattern, number));
}

/** As `numbersFault`, of a pattern. */
export function patternFault({ pattern, from }: Numbering, count: number): string | undefined {
  if (!isNumbered(pattern, count)) return undefined;
  return roomFault(pattern, withNumber(pattern, String(from + count - 1)).length);
}

/**
 * The numbers of names in use that a pattern would make, or make with other padding: "legacy 1" is taken for "legacy 01".
 * @param inUse names by what they are told apart by.
 * @returns the names in use by their numbers.
 */
export function numbersInUse(pattern: string, inUse: ReadonlyMap<string, string>): Map<number, string> {
  const parts = nameKey(withPlace(pattern)).split(place).map(literally);
  const isOfPattern = new RegExp(`^${parts.join(`(\\d{1,${mostDigits}})`)}$`);
  const numbers = new Map<number, string>();
  for (const [key, name] of inUse) {
    const number = isOfPattern.exec(key)?.[1];
    if (number !== undefined) numbers.set(Number(number), name);
  }
  return numbers;
}

/** The first number from which on so many are free. */
export function firstFree(count: number, taken: ReadonlyMap<number, string>): number {
  let from = 1;
  for (const number of [...taken.keys()].sort((a, b) => a - b)) {
    if (number >= from + count) break;
    if (number >= from) from = number + 1;
  }
  return Math.min(from, mostFrom);
}

/** As many as the last number of a selection may have. Longer ones are a date, or an id, and no count. */
const mostDigits = 6;
const hasPlace = (pattern: string) => pattern.search(place) !== -1;
const withPlace = (pattern: string) => (hasPlace(pattern) ? pattern : `${pattern} {n}`);
const withNumber = (pattern: string, number: string) => withPlace(pattern).replace(place, number);

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

function numbersFrom(from: number, count: number): string[] {
  const digits = String(from + count - 1).length;
  return Array.from({ length: count }, (_, index) => String(from + index).padStart(digits, "0"));
}

/** @param length of the longest name that is made of this text. */
function roomFault(text: string, length: number): string | undefined {
  const most = longest.label - (length - text.length);
  // One that is too long by itself is told so already.
  if (length <= longest.label || text.length > longest.label) return undefined;
  return `At most ${most} characters, so that the numbers fit: this has ${text.length}`;
}
