import "server-only";

/** A line longer than this is printed in parts. */
const longestLine = 256 * 1024;
/** So much of it is held back then: no secret is longer. */
const tail = 32 * 1024;

/** Text in pieces, given out again in whole lines: what stands in two pieces is seen as one. */
export class HeldLine {
  #held = "";

  constructor(private readonly mask: (text: string) => string) {}

  /** What may be printed now, masked. */
  push(text: string): string {
    const all = this.#held + text;
    const end = all.lastIndexOf("\n") + 1;
    this.#held = all.slice(end);
    let out = end > 0 ? this.mask(all.slice(0, end)) : "";
    if (this.#held.length > longestLine) {
      const masked = this.mask(this.#held);
      out += masked.slice(0, -tail);
      this.#held = masked.slice(-tail);
    }
    return out;
  }

  /** What is left, masked: a last line without its end. */
  end(): string {
    const rest = this.mask(this.#held);
    this.#held = "";
    return rest;
  }
}
