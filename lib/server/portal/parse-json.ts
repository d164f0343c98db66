import "server-only";
import { nextTurn } from "../slices";
import { longestList } from "./schemas";

/** So many values are read of one answer: ten thousand users have fewer. */
const mostValues = 200_000;
/** So many lists and objects may be open within each other: two a user, where each stands below another. */
const deepest = 2 * longestList;
/** So many characters may stand between two quotes, or be white space in one piece: nothing that is read is as long. */
const longestRun = 16_384;
/** So many values are read before it is asked how long that took. */
const atOnce = 16;

/** A text has more than any portal has to say. */
export class TooMuchError extends Error {}

/** What is open at some place of a text: a list, or an object and the name whose value comes next. */
type Open = { into: unknown[] | Record<string, unknown>; name?: string };

/**
 * As `JSON.parse`, in as many turns as it takes, and of objects only the fields of these names: four megabytes of names that
 * differ take `JSON.parse` a quarter of a second, in which nobody else is answered.
 * @throws SyntaxError, TooMuchError
 */
export async function parseJson(text: string, names: ReadonlySet<string>): Promise<unknown> {
  const open: Open[] = [];
  let at = 0;

  const skipSpace = () => {
    const from = at;
    while (isSpace(text.charCodeAt(at))) {
      at += 1;
      if (at - from > longestRun) throw new TooMuchError();
    }
  };
  const take = (character: string): boolean => {
    skipSpace();
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  const readString = (): string => {
    let end = text.indexOf('"', at + 1);
    while (end > 0 && end - at <= longestRun && isEscaped(text, end)) end = text.indexOf('"', end + 1);
    if (end - at > longestRun) throw new TooMuchError();
    const raw = text.slice(at, end + 1);
    at = end + 1;
    return JSON.parse(raw);
  };
  const readWord = (): unknown => {
    const [word = ""] = /^[-+.\w]*/.exec(text.slice(at, at + 400)) ?? [];
    at += word.length;
    return JSON.parse(word);
  };
  const readName = (object: Open) => {
    skipSpace();
    if (text[at] !== '"') throw new SyntaxError("no name");
    const name = readString();
    if (!take(":")) throw new SyntaxError("no colon");
    object.name = names.has(name) ? name : undefined;
  };
  /** Reads what begins here. @returns false where it is a list or an object with something in it, which is open now. */
  const readValue = (): { value: unknown } | false => {
    skipSpace();
    const isList = text[at] === "[";
    if (!isList && text[at] !== "{") return { value: text[at] === '"' ? readString() : readWord() };
    at += 1;
    const begun: Open = { into: isList ? [] : {} };
    if (take(isList ? "]" : "}")) return { value: begun.into };
    if (!isList) readName(begun);
    open.push(begun);
    if (open.length > deepest) throw new TooMuchError();
    return false;
  };

  for (let count = 1; count <= mostValues; count += 1) {
    const wait = count % atOnce === 0 ? nextTurn() : undefined;
    if (wait) await wait;
    const read = readValue();
    if (!read) continue;
    let { value } = read;
    // It may be the last one of what is open, and that of what is open around it.
    for (;;) {
      const around = open.at(-1);
      if (!around) {
        skipSpace();
        if (at < text.length) throw new SyntaxError("more than one value");
        return value;
      }
      const isList = Array.isArray(around.into);
      put(around, value);
      if (take(",")) {
        if (!isList) readName(around);
        break;
      }
      if (!take(isList ? "]" : "}")) throw new SyntaxError("no end");
      open.pop();
      value = around.into;
    }
  }
  throw new TooMuchError();
}

function put({ into, name }: Open, value: unknown): void {
  if (Array.isArray(into)) into.push(value);
  else if (name !== undefined) into[name] = value;
}

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

/** Whether a quote belongs to the string around it: an odd number of backslashes stands before it. */
function isEscaped(text: string, quote: number): boolean {
  let first = quote;
  while (text[first - 1] === "\\") first -= 1;
  return (quote - first) % 2 === 1;
}
