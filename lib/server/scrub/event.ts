import "server-only";
import { textsOf } from "./decoded";

/**
 * What the desk itself puts together, at the top of an event: words of its own code, ids, times, names from its
 * configuration, the caller's address.
 */
const ownFields = new Set(
  [
    "time msg requestId ip method path code who checkpoint error at step signal failing paths place since",
    "operationId connection tokens portal portalId endpoint kind header wanted",
  ].flatMap((names) => names.split(" ")),
);
const secretFields = /^(?:password|apiToken|x-auth-token)$/i;
const longestText = 4 * 1024;

type Mask = { mask(text: string): string; maskOwn(text: string): string };

/**
 * One event of a log, as a line of JSON, with the secrets in its values masked. Names, numbers, what the desk itself put
 * there and the line's end stay as they are, whatever others have said. What is no such line is masked as text.
 */
export function maskEvent(line: string, masker: Mask): string {
  const event = parsed(line);
  if (event === undefined) return masker.mask(line);
  try {
    return JSON.stringify(
      fieldsOf(event, masker, (name, value) => masked(value, masker, ownFields.has(name))),
    );
  } catch {
    // Nested deeper than the stack takes.
    return masker.mask(line);
  }
}

function parsed(line: string): object | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function masked(value: unknown, masker: Mask, isOwn: boolean): unknown {
  if (typeof value === "string") {
    // So much more is looked at than is shown, that no part of a secret is left at the end.
    const text = value.slice(0, 2 * longestText);
    const shown = isOwn ? masker.maskOwn(text) : masker.mask(text);
    return shown.length > longestText ? `${shown.slice(0, longestText)}…` : shown;
  }
  if (typeof value !== "object" || value === null) return value;
  const bytes = bytesOf(value);
  if (bytes && textsOf(bytes).some((text) => masker.mask(text) !== text)) return "[masked]";
  if (Array.isArray(value)) return value.map((item) => masked(item, masker, isOwn));
  return fieldsOf(value, masker, (_, field) => masked(field, masker, isOwn));
}

const fieldsOf = (
  value: object,
  masker: Mask,
  mask: (name: string, field: unknown) => unknown,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      masker.maskOwn(name),
      secretFields.test(name) ? "[masked]" : mask(name, field),
    ]),
  );

/** An array of bytes, as JSON shows one: a list, or an object with a number for each index. */
function bytesOf(value: object): Buffer | undefined {
  const numbers: unknown[] = Object.values(value);
  const isByte = (byte: unknown) => Number.isInteger(byte) && Number(byte) >= 0 && Number(byte) <= 255;
  return numbers.length > 3 && numbers.every(isByte) ? Buffer.from(numbers as number[]) : undefined;
}
