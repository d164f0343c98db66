/**
 * Text as it is compared wherever people look for it, sort it or might take it for another: without case, accents,
 * width and invisible characters, and white space as one space. The marks that make another letter stay: those of kana,
 * and all vowel signs. Never for rights: there what is not the same is somebody else's.
 */
export function fold(text: string): string {
  // Most text is plain ASCII, and this runs over every field of every token.
  if (isAscii(text)) return text.toLowerCase().replace(/\s+/g, " ");
  return (
    text
      // Tags tell flags apart.
      .replace(/(?![\u{E0020}-\u{E007F}])\p{DI}/gu, "")
      .normalize("NFKD")
      .replace(accent, "")
      // Down first: ẞ has no other capital. Then up, where ß is SS and ς is Σ.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replaceAll("ς", "σ")
      .replace(/[đøłħ]/g, (letter) => struck[letter] ?? letter)
      .normalize("NFKD")
      .replace(accent, "")
      .replace(/\s+/g, " ")
  );
}

/**
 * Marks of no script of their own, but for those that make another letter or sign (of kana; й, ї and ў; ≠), and the points of
 * Hebrew.
 */
const accent =
  /(?!\u3099|\u309A|\u0338)(?<![иіуИІУ](?=\u0306|\u0308))(?=\p{M})[\p{Script=Inherited}\p{Script=Hebrew}]/gu;
/** Letters with a stroke, which Unicode does not take apart. */
const struck: Record<string, string> = { đ: "d", ø: "o", ł: "l", ħ: "h" };

/** What two names have in common that are taken for one. One of accents alone is only itself. */
export const nameKey = (text: string): string => fold(text).trim() || text;

/** The first of each that the fold does not tell apart. */
export function distinct(texts: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const text of texts) if (!byKey.has(nameKey(text))) byKey.set(nameKey(text), text);
  return [...byKey.values()];
}

// One fixed locale: the server and every browser must put the rows into the same order, or hydration breaks.
const collator = new Intl.Collator("en", { numeric: true });

/** The order of two texts that are folded: as people count, and 0 only for the same. */
export const compareFolded = (a: string, b: string): number =>
  a === b ? 0 : collator.compare(a, b) || (a < b ? -1 : 1);

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) return false;
  return true;
}

/** A character with all that is composed with it, or changes places with it, when it is folded. */
const cluster = /[^\p{M}\p{DI}\uFF9E\uFF9F]?[\p{M}\p{DI}\uFF9E\uFF9F]+|./gsu;

/** The folded text with, for each of its units, where it came from, so that a match can be marked in the original. */
export function foldWithOrigins(text: string): { folded: string; starts: number[]; ends: number[] } {
  let folded = "";
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: original, index: start } of text.matchAll(cluster)) {
    const end = start + original.length;
    let part = fold(original);
    // White space is one space: it reaches from the first to the last of it.
    if (folded.endsWith(" ") && part.startsWith(" ")) {
      ends[ends.length - 1] = end;
      part = part.slice(1);
    }
    // What is left of nothing belongs to the letter before it: a match of the letter marks both.
    if (part === "" && ends.length > 0) ends[ends.length - 1] = end;
    for (let unit = 0; unit < part.length; unit += 1) {
      starts.push(start);
      ends.push(end);
    }
    folded += part;
  }
  return { folded, starts, ends };
}
