/** Text as it is compared in a search: without case and without accents. */
export function fold(text: string): string {
  // Most text is plain ASCII, and this runs over every field of every token.
  if (isAscii(text)) return text.toLowerCase();
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replaceAll("ς", "σ");
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) return false;
  return true;
}

/** The folded text with, for each of its units, where it came from, so that a match can be marked in the original. */
export function foldWithOrigins(text: string): { folded: string; starts: number[]; ends: number[] } {
  let folded = "";
  const starts: number[] = [];
  const ends: number[] = [];
  let offset = 0;
  for (const character of text) {
    const part = fold(character);
    const end = offset + character.length;
    // An accent belongs to the letter before it: a match of the letter marks both.
    if (part === "" && ends.length > 0) ends[ends.length - 1] = end;
    for (let unit = 0; unit < part.length; unit += 1) {
      starts.push(offset);
      ends.push(end);
    }
    folded += part;
    offset = end;
  }
  return { folded, starts, ends };
}
