import "server-only";
import { inspect } from "node:util";

const shortest = 4;
/** Shorter ones count only where they stand as a word of their own: any text has them somewhere. */
const shortestAnywhere = 6;
/** Longer ones are left out as they come: to escape one of millions of characters takes a second. */
const longest = 8_192;
/** So much is held of the escaped forms of values that come together. */
const mostOfForms = 2_048;
/** By how many of their last characters values are found: the most of these that a value has. */
const endLengths = [4, 5, 6, 8, 16, 32];
/** Of values that end alike the last ones are held: whoever makes more of them cannot slow down what is printed. */
const mostAlike = 16;

/** What an entry takes besides its text, in characters. */
const entryCost = 64;

/** Where something to be masked stands in a text: from, and up to but without. */
export type Span = [from: number, to: number];

/**
 * Values that are looked for in texts, tens of thousands of them at once. A text is walked through once however many
 * there are, and at each character no more is looked up than there are lengths of ends: tokens begin alike, and end
 * differently.
 */
export class KnownValues {
  readonly #byEnd = new Map<string, string[]>();
  /** Whether some value ends in four characters of this hash: it spares most look-ups. */
  readonly #mayEnd = new Uint8Array(1 << 16);
  #characters = 0;
  #lookUps = 0;

  /** How much is held, in characters. */
  get characters(): number {
    return this.#characters;
  }

  /** How often something was looked up so far. */
  get lookUps(): number {
    return this.#lookUps;
  }

  /**
   * Adds values that came together. Those of under four characters are left out: masking them would leave no text
   * readable.
   */
  add(...values: string[]): void {
    let left = mostOfForms;
    for (const value of values) {
      if (value.length < shortest || value.length > longest || this.#has(value)) continue;
      this.#addText(value);
      for (const form of value.length < left ? escapedForms(value) : []) {
        if (form.length + entryCost > left || this.#has(form)) continue;
        left -= form.length + entryCost;
        this.#addText(form);
      }
    }
  }

  #addText(text: string): void {
    const held = copyOf(text);
    const end = endOf(held);
    const alike = [...(this.#byEnd.get(end) ?? []), held];
    if (alike.length > mostAlike) this.#characters -= (alike.shift()?.length ?? 0) + entryCost;
    this.#byEnd.set(end, alike);
    let hash = 0;
    for (let at = held.length - shortest; at < held.length; at += 1) hash = next(hash, held.charCodeAt(at));
    this.#mayEnd[hash] = 1;
    this.#characters += held.length + entryCost;
  }

  #has(text: string): boolean {
    return this.#byEnd.get(endOf(text))?.includes(text) ?? false;
  }

  /** Where they stand in a text. */
  find(text: string): Span[] {
    const found: Span[] = [];
    if (this.#characters === 0) return found;
    let hash = 0;
    for (let to = 1; to <= text.length; to += 1) {
      hash = next(hash, text.charCodeAt(to - 1));
      const from = this.#mayEnd[hash] ? this.#startOf(text, to) : to;
      if (from < to) found.push([from, to]);
    }
    return found;
  }

  /** Where the longest of the values begins that end here; `to` where none does. */
  #startOf(text: string, to: number): number {
    let start = to;
    for (const length of endLengths) {
      if (length > to) break;
      this.#lookUps += 1;
      for (const value of this.#byEnd.get(text.slice(to - length, to)) ?? []) {
        const from = to - value.length;
        if (from < 0 || from >= start || !text.startsWith(value, from)) continue;
        if (value.length >= shortestAnywhere || isWord(text, from, to)) start = from;
      }
    }
    return start;
  }
}

/** The hash of the last four characters, from the one that ended a character earlier. */
const next = (hash: number, code: number): number => ((hash << 4) ^ code) & 0xffff;

const endOf = (value: string): string =>
  value.slice(-(endLengths.findLast((length) => length <= value.length) ?? shortest));

/** A part of a longer text would keep all of it in memory. */
function copyOf(text: string): string {
  const encoding = /^[\0-\xff]*$/.test(text) ? "latin1" : "utf16le";
  return Buffer.from(text, encoding).toString(encoding);
}

const wordCharacter = /[\p{L}\p{N}_]/u;

const isWord = (text: string, from: number, to: number): boolean =>
  !wordCharacter.test(text[from - 1] ?? "") && !wordCharacter.test(text[to] ?? "");

/** As it stands in JSON, in JSON inside JSON, in JSON of ASCII alone, in what a console prints of an object, in markup. */
function escapedForms(value: string): string[] {
  if (/^[\w:.@/+=-]*$/.test(value)) return [];
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = json.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const markup = value.replace(/[&<>"']/g, (mark) => entityOf[mark] ?? mark);
  return [json, JSON.stringify(json).slice(1, -1), ascii, inspect(value).slice(1, -1), markup];
}

const entityOf: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
};
