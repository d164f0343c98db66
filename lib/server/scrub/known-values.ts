import "server-only";
import { inspect } from "node:util";

const prefixLength = 4;
/** Shorter ones count only where they stand as a word of their own: any text has them somewhere. */
const shortestAnywhere = 6;
const longest = 8_192;

/** Where something to be masked stands in a text: from, and up to but without. */
export type Span = [from: number, to: number];

/**
 * Values that are looked for in texts, tens of thousands of them at once: by their first characters and their length,
 * so that a text is walked through once however many there are.
 */
export class KnownValues {
  readonly #byPrefix = new Map<string, Map<number, Set<string>>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Values of under four characters are left out: masking them would leave no text readable. */
  add(value: string): void {
    if (this.#has(value)) return;
    for (const text of [value, ...escapedForms(value)]) {
      if (text.length < prefixLength || text.length > longest) continue;
      const prefix = text.slice(0, prefixLength);
      const byLength = this.#byPrefix.get(prefix) ?? new Map<number, Set<string>>();
      const sameLength = byLength.get(text.length) ?? new Set<string>();
      if (sameLength.has(text)) continue;
      this.#byPrefix.set(prefix, byLength.set(text.length, sameLength.add(text)));
      this.#size += 1;
    }
  }

  #has(text: string): boolean {
    return this.#byPrefix.get(text.slice(0, prefixLength))?.get(text.length)?.has(text) ?? false;
  }

  /** Where they stand in a text. */
  find(text: string): Span[] {
    if (this.#size === 0) return [];
    const found: Span[] = [];
    for (let at = 0; at + prefixLength <= text.length; at += 1) {
      const byLength = this.#byPrefix.get(text.slice(at, at + prefixLength));
      if (!byLength) continue;
      for (const [length, values] of byLength)
        if (
          values.has(text.slice(at, at + length)) &&
          (length >= shortestAnywhere || isWord(text, at, length))
        )
          found.push([at, at + length]);
    }
    return found;
  }
}

const wordCharacter = /[\p{L}\p{N}_]/u;

const isWord = (text: string, at: number, length: number): boolean =>
  !wordCharacter.test(text[at - 1] ?? "") && !wordCharacter.test(text[at + length] ?? "");

/** As it stands in JSON, in JSON inside JSON, in JSON of ASCII alone, and in what a console prints of an object. */
function escapedForms(value: string): string[] {
  if (/^[\w:.@/+=-]*$/.test(value)) return [];
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = json.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return [json, JSON.stringify(json).slice(1, -1), ascii, inspect(value).slice(1, -1)];
}
