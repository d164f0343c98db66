/** Letters and digits of scripts that are written from the right, and what tells the direction of text without being seen. */
const turning =
  /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]|\p{Bidi_Control}/u;

/**
 * What a person or a portal wrote, for a sentence of ours that is a string (a title, a toast, an accessible name): where it
 * could turn around what stands beside it, it is set apart by the signs for that (U+2068, U+2069), and signs within it that
 * would end this go. In JSX a `<bdi>` does the same.
 */
export function isolate(text: string): string {
  return turning.test(text) ? `\u2068${text.replace(/\p{Bidi_Control}/gu, "")}\u2069` : text;
}
