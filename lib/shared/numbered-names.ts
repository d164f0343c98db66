import { longest } from "./visible-text";

/** The names of `count` tokens minted at once: the label itself for one, else with numbers, padded so that they sort. */
export function numberedNames(label: string, count: number): string[] {
  if (count <= 1) return [label];
  const digits = String(count).length;
  return Array.from({ length: count }, (_, index) => `${label} ${String(index + 1).padStart(digits, "0")}`);
}

/** What is wrong with a label that has no room for its numbers. Nothing is cut: what is cut off may tell names apart. */
export function numbersFault(label: string, count: number): string | undefined {
  const most = longest.label - 1 - String(count).length;
  const { length } = label;
  // One that is too long by itself is told so already.
  if (count <= 1 || length <= most || length > longest.label) return undefined;
  return `At most ${most} characters, so that the numbers fit: this has ${length}`;
}
