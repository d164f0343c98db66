import "server-only";
import { performance } from "node:perf_hooks";
import { decodedParts } from "./decoded";
import { KnownValues, type Span } from "./known-values";
import { isOrdinary } from "./ordinary";

/** The portal's credentials as they usually look. The desk's own ids never have that form. */
const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const credential = new RegExp(`(?:[a-z0-9]{1,16}(?::|%3a))?${uuid}`, "gi");
const isCredential = new RegExp(`^(?:[a-z0-9]{1,16}:)?${uuid}$`, "i");
/** What is called a secret where it stands: no search finds a word that somebody has as a password. */
const named =
  /(?:password|apiToken|x-auth-token)["']?\s?[:=]\s?(?:"((?:[^"\\]|\\.){0,2000})"|'((?:[^'\\]|\\.){0,2000})'|([^\s"'&,;}\]]+))/dgi;

const generationMs = 10 * 60_000;
const mostCharacters = 4_000_000;
/** Of a value of more lines than these the rest is not looked for. */
const mostLines = 20;
/** A secret may be encoded twice. */
const deepest = 2;
const mask = "[masked]";

/**
 * Masks secrets in text that is about to be printed: whatever has the form of a portal's credential, and the very
 * values that passed through the desk lately, whatever their form; raw, escaped, and encoded up to twice. It forgets
 * what was not seen for ten to twenty minutes, so that it is no hoard of passwords, and never holds more than a fixed
 * number of characters. What is an ordinary text it never learns.
 */
export class Masker {
  readonly #kept = new KnownValues();
  #recent = new KnownValues();
  #older = new KnownValues();
  #since: number;

  constructor(private readonly monotonic: () => number = () => performance.now()) {
    this.#since = monotonic();
  }

  /** A secret of somebody's, seen now. What its form gives away needs no remembering. */
  note(value: string): void {
    // A line is printed by itself, and a value of several lines in as many.
    const lines = value.split(/[\r\n]+/, mostLines);
    for (const text of new Set([value, ...lines])) {
      if (isCredential.test(text) || isOrdinary(text)) continue;
      this.#turn();
      this.#recent.add(text);
    }
  }

  /** A secret of the desk's own, known for as long as it runs. */
  keep(value: string): void {
    this.#kept.add(value);
  }

  /** How much is held, in characters, and how often something was looked up. */
  get cost(): { characters: number; lookUps: number } {
    const sets = [this.#kept, this.#recent, this.#older];
    const sum = (of: (set: KnownValues) => number) => sets.reduce((total, set) => total + of(set), 0);
    return { characters: sum((set) => set.characters), lookUps: sum((set) => set.lookUps) };
  }

  mask(text: string): string {
    const spans = [...this.#plain(text), ...namedIn(text)];
    for (const { span, texts } of decodedParts(text))
      if (texts.some((decoded) => this.#holds(decoded, 1))) spans.push(span);
    return without(text, spans);
  }

  /** Of a text that the desk put together itself: nothing that others have said is looked for in it. */
  maskOwn(text: string): string {
    return without(text, [...spansOf(text, credential), ...this.#kept.find(text)]);
  }

  /** Whether a decoded text has a secret, as it is or encoded once more. */
  #holds(text: string, depth: number): boolean {
    if (this.#plain(text).length > 0) return true;
    return (
      depth < deepest &&
      decodedParts(text).some(({ texts }) => texts.some((decoded) => this.#holds(decoded, depth + 1)))
    );
  }

  #plain(text: string): Span[] {
    const known = [this.#kept, this.#recent, this.#older].flatMap((values) => values.find(text));
    return [...spansOf(text, credential), ...known];
  }

  #turn(): void {
    const now = this.monotonic();
    if (now - this.#since < generationMs && this.#recent.characters < mostCharacters) return;
    this.#older = now - this.#since < 2 * generationMs ? this.#recent : new KnownValues();
    this.#recent = new KnownValues();
    this.#since = now;
  }
}

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
