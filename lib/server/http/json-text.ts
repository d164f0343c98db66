import "server-only";
import { once } from "../runtime";

const texts = once("json-texts", () => new WeakMap<object, string>());

/**
 * A value of plain JSON as text, as `JSON.stringify` writes it. The text of a frozen object is made once and kept
 * with it: of a list, nearly every item is the same as at the last request.
 */
export function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Object.isFrozen(value)) return keptText(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`).join(",")}}`;
}

function keptText(item: object): string {
  const known = texts.get(item);
  if (known !== undefined) return known;
  const text = JSON.stringify(item);
  texts.set(item, text);
  return text;
}
