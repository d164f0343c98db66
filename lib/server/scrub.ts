import "server-only";
import { once } from "./runtime";
import { maskEvent } from "./scrub/event";
import { Masker } from "./scrub/masker";

/*
 * What keeps secrets out of everything that is printed. They are told to it at the few doors that they come in by:
 * what is sealed and unsealed, what a portal lists, cookies, the desk's own secret; and what people type or paste once
 * they are let in, which goes to the portal or is fingerprinted. It tells nobody.
 */

const masker = (): Masker => once("masker", () => new Masker());

/** Text that may be printed: the secrets in it are masked. */
export const scrub = (text: string): string => masker().mask(text);

/** A line that may be printed: an event of the log is masked in its values alone. */
export const scrubLine = (line: string): string => maskEvent(line, masker());

/** Makes a secret known that passes through, and that surely is one: it is masked for the next minutes. */
export function noteSecret(...values: (string | undefined)[]): void {
  for (const value of values) if (value) masker().note(value);
}

/** The same of what anybody may type, or have made: words and addresses are left, and it takes no other secret's place. */
export function noteTyped(...values: (string | undefined)[]): void {
  for (const value of values) if (value) masker().noteTyped(value);
}

/** Makes a secret of the desk's own known, for as long as the process runs. */
export function keepSecret(...values: (string | undefined)[]): void {
  for (const value of values) if (value) masker().keep(value);
}
