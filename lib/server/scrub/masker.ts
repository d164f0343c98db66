import "server-only";
import { performance } from "node:perf_hooks";
import { type Decoded, decodedParts } from "./decoded";
import { KnownValues, type Span } from "./known-values";
import { isOrdinary, isPublic } from "./ordinary";

/** The portal's credentials as they usually look. The desk's own ids never have that form. */
const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const credential = new RegExp(`(?:[a-z0-9]{1,16}(?::|%3a))?${uuid}`, "gi");
const isCredential = new RegExp(`^(?:[a-z0-9]{1,16}:)?${uuid}$`, "i");
/** What is called a secret where it stands: no search finds a word that somebody has as a password. */
const named =
  /(?:password|apiToken|x-auth-token)["']?\s?[:=]\s?(?:"((?:[^"\\]|\\.){0,2000})"|'((?:[^'\\]|\\.){0,2000})'|([^\s"'&,;}\]]+))/dgi;

const generationMs = 10 * 60_000;
const mostCharacters = 4_000_000;
/** Of a value of more lines than these the rest is not looked for, and one that is longer is not learned. */
const mostLines = 20;
const longestValue = 8_192;
/** A secret may be encoded twice. */
const deepest = 2;
/** So many characters are decoded for each of a text, and so many in any case; each decoded part counts as some more. */
const decodedPerCharacter = 8;
const decodedAnyway = 4_096;
const partCost = 16;
/** Shorter runs of characters that are printed are no encoded secret. */
const mayBeEncoded = /[ -~]{8}/;
const mask = "[masked]";

/**
 * Masks secrets in text that is about to be printed: whatever has the form of a portal's credential, and the very
 * values that passed through the desk lately, whatever their form; raw, escaped, and encoded up to twice. It forgets
 * what was not seen for ten to twenty minutes, so that it is no hoard of passwords, and never holds more than a fixed
 * number of characters. What people type is held by itself: whoever types much takes nothing else out of it.
 */
export class Masker {
  readonly #kept = new KnownValues();
  readonly #seen = new RecentValues();
  readonly #typed = new RecentValues();
  #decoded = 0;

  constructor(private readonly monotonic: () => number = () => performance.now()) {}

  /** A secret of somebody's that was used now, and is one beyond doubt. What its form gives away needs no remembering. */
  note(value: string): void {
    this.#turn();
    this.#seen.add(linesOf(value).filter((text) => !isPublic(text)));
  }

  /** What somebody typed where a secret belongs, and which may be anything. */
  noteTyped(value: string): void {
    this.#turn();
    this.#typed.add(linesOf(value).filter((text) => !isOrdinary(text)));
  }

  /** A secret of the desk's own, known for as long as it runs. */
  keep(value: string): void {
    this.#kept.add(value);
  }

  /** How much is held, in characters; how often something was looked up, and how many characters were decoded. */
  get cost(): { characters: number; lookUps: number; decoded: number } {
    const sum = (of: (set: KnownValues) => number) => this.#sets.reduce((total, set) => total + of(set), 0);
    const [characters, lookUps] = [sum((set) => set.characters), sum((set) => set.lookUps)];
    return { characters, lookUps, decoded: this.#decoded };
  }

  mask(text: string): string {
    const room = { left: decodedAnyway + decodedPerCharacter * text.length };
    const encoded = decodedParts(text).filter((part) => this.#isSecret(part, 1, room));
    return without(text, [...this.#plain(text), ...namedIn(text), ...encoded.map(({ span }) => span)]);
  }

  /** Of a text that the desk put together itself: nothing that others have said is looked for in it. */
  maskOwn(text: string): string {
    return without(text, [...spansOf(text, credential), ...this.#kept.find(text)]);
  }

  /**
   * Whether a part of a text, decoded, has a secret, as it is or encoded once more. A part that there is no room left to
   * decode counts as one.
   */
  #isSecret({ texts }: Decoded, depth: number, room: { left: number }): boolean {
    if (room.left <= 0) return true;
    return texts().some((text) => {
      this.#decoded += text.length + partCost;
      room.left -= text.length + partCost;
      if (this.#holds(text)) return true;
      if (depth === deepest || !mayBeEncoded.test(text)) return false;
      return decodedParts(text).some((part) => this.#isSecret(part, depth + 1, room));
    });
  }

  #turn(): void {
    const now = this.monotonic();
    for (const values of [this.#seen, this.#typed]) values.turn(now);
  }

  get #sets(): KnownValues[] {
    return [this.#kept, ...this.#seen.sets, ...this.#typed.sets];
  }

  #holds(text: string): boolean {
    return text.search(credential) >= 0 || this.#sets.some((values) => values.find(text).length > 0);
  }

  #plain(text: string): Span[] {
    return [...spansOf(text, credential), ...this.#sets.flatMap((values) => values.find(text))];
  }
}

/** Values that were added in the last ten to twenty minutes, and no more than a fixed number of characters of them. */
class RecentValues {
  #recent = new KnownValues();
  #older = new KnownValues();
  #since: number | undefined;

  get sets(): KnownValues[] {
    return [this.#recent, this.#older];
  }

  /** Adds values that came together. */
  add(values: string[]): void {
    this.#recent.add(...values);
  }

  /** Forgets what is too old, or too much. */
  turn(now: number): void {
    this.#since ??= now;
    if (now - this.#since < generationMs && this.#recent.characters < mostCharacters) return;
    this.#older = now - this.#since < 2 * generationMs ? this.#recent : new KnownValues();
    this.#recent = new KnownValues();
    this.#since = now;
  }
}

/** A value, and the lines of it: a line is printed by itself. */
const linesOf = (value: string): string[] =>
  value.length > longestValue
    ? []
    : [value, ...value.split(/[\r\n]+/, mostLines)].filter((text) => !isCredential.test(text));

const spansOf = (text: string, pattern: RegExp): Span[] =>
  [...text.matchAll(pattern)].map(({ 0: found, index }) => [index, index + found.length]);

const namedIn = (text: string): Span[] =>
  [...text.matchAll(named)].flatMap(({ indices = [] }) =>
    indices.slice(1).filter((span) => span !== undefined),
  );

function without(text: string, spans: Span[]): string {
  let shown = "";
  let at = 0;
  for (const [from, to] of spans.sort((one, other) => one[0] - other[0] || other[1] - one[1])) {
    if (to <= at) continue;
    shown += from < at ? "" : text.slice(at, from) + mask;
    at = to;
  }
  return shown + text.slice(at);
}
