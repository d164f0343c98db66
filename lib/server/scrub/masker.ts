import "server-only";
import { performance } from "node:perf_hooks";
import { bytesDecoded, percentDecoded } from "./decoded";
import { KnownValues, type Span } from "./known-values";

/** The portal's credentials as they usually look. The desk's own ids never have that form. */
const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const credential = new RegExp(`(?:[a-z0-9]{1,16}(?::|%3a))?${uuid}`, "gi");
const isCredential = new RegExp(`^(?:[a-z0-9]{1,16}:)?${uuid}$`, "i");

const generationMs = 10 * 60_000;
const mostValues = 100_000;
const mask = "[masked]";

/**
 * Masks secrets in text that is about to be printed: whatever has the form of a portal's credential, and the very
 * values that passed through the desk lately, whatever their form; raw, escaped, percent-encoded, in base64 and in
 * hexadecimal digits. It forgets what was not seen for ten to twenty minutes, so that it is no hoard of passwords,
 * and never holds more than a fixed number.
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
    if (isCredential.test(value)) return;
    this.#turn();
    this.#recent.add(value);
  }

  /** A secret of the desk's own, known for as long as it runs. */
  keep(value: string): void {
    this.#kept.add(value);
  }

  mask(text: string): string {
    const spans = [...this.#plain(text)];
    for (const { span, texts } of percentDecoded(text))
      if (texts.some((decoded) => this.#holds(decoded))) spans.push(span);
    for (const { span, texts } of bytesDecoded(text))
      if (texts.some((decoded) => this.#plain(decoded).length > 0)) spans.push(span);
    return spans.length === 0 ? text : without(text, spans);
  }

  /** Whether a decoded text has a secret, as it is or as bytes. */
  #holds(text: string): boolean {
    return (
      this.#plain(text).length > 0 ||
      bytesDecoded(text).some(({ texts }) => texts.some((decoded) => this.#plain(decoded).length > 0))
    );
  }

  #plain(text: string): Span[] {
    const byForm = [...text.matchAll(credential)].map(
      ({ 0: found, index }): Span => [index, index + found.length],
    );
    return [...byForm, ...[this.#kept, this.#recent, this.#older].flatMap((values) => values.find(text))];
  }

  #turn(): void {
    const now = this.monotonic();
    if (now - this.#since < generationMs && this.#recent.size < mostValues) return;
    this.#older = now - this.#since < 2 * generationMs ? this.#recent : new KnownValues();
    this.#recent = new KnownValues();
    this.#since = now;
  }
}

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
