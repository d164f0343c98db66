import "server-only";

/** A line longer than this is masked and printed in parts: what it costs must not grow faster than it. */
const longestLine = 16 * 1024;
/** So much of it is held back then: no secret is longer. */
const tail = 8 * 1024;

/**
 * Text in pieces, given out again in whole lines: what stands in two pieces is seen as one. Each line is masked by
 * itself, so that nothing can take a line's end away.
 */
export class HeldLine {
  #held = "";

  constructor(private readonly mask: (line: string) => string) {}

  /** What may be printed now, masked. */
  push(text: string): string {
    const [first = "", ...others] = text.split("\n");
    let out = this.#hold(first);
    for (const line of others) out += `${this.end()}\n${this.#hold(line)}`;
    return out;
  }

  /** What is left, masked: a last line without its end. */
  end(): string {
    const rest = this.mask(this.#held);
    this.#held = "";
    return rest;
  }

  /** Adds to the present line; gives out what is too much of it. */
  #hold(text: string): string {
    let out = "";
    for (let at = 0; at < text.length; at += tail) {
      this.#held += text.slice(at, at + tail);
      if (this.#held.length <= longestLine) continue;
      const masked = this.mask(this.#held);
      out += masked.slice(0, -tail);
      this.#held = masked.slice(-tail);
    }
    return out;
  }
}
