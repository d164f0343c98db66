import "server-only";
import type { Logger } from "pino";
import { z } from "zod";
import { DeskError } from "../errors";
import { once } from "../runtime";
import { mapInSlices } from "../slices";

/** What a frozen object is written as, and by which schema it was checked: that stays so for as long as there is one. */
const texts = () => once("checked-texts", () => new WeakMap<object, { schema: z.ZodType; text: string }>());

/** What is longer is written anew each time: it is not to be held twice. */
const longestKept = 2_000;
/** So many characters make a part. */
const partLength = 32 * 1024;

/**
 * Our own answer as JSON, read once more by its schema: a column that somebody adds to a row does not get out by itself.
 * The `items` of a list are checked and written one by one, in as many turns as it takes; those that are kept between
 * requests, by the ten thousand, once in their life.
 * @returns its bytes in parts, all of them: what does not fit is found before any is sent.
 * @throws DeskError `internal` where it does not fit; the log says where, never what stood there.
 */
export async function outputOf(
  schema: z.ZodType,
  value: unknown,
  log: Logger,
  requestId: string,
): Promise<Buffer<ArrayBuffer>[]> {
  const check = <T>(by: z.ZodType<T>, what: unknown) => checked(by, what, log, requestId);
  const list = listIn(schema, value);
  if (!list) return [Buffer.from(JSON.stringify(check(schema, value)))];
  const { items: _, ...others } = check(schema, { ...list.value, items: [] }) as List;
  const parts: Buffer<ArrayBuffer>[] = [];
  let pending = '{"items":[';
  await mapInSlices(list.value.items, (item, index) => {
    pending += `${index === 0 ? "" : ","}${textOf(list.item, item, check)}`;
    if (pending.length < partLength) return;
    parts.push(Buffer.from(pending));
    pending = "";
  });
  const rest = JSON.stringify(others).slice(1);
  return [...parts, Buffer.from(`${pending}]${rest === "}" ? "" : ","}${rest}`)];
}

type List = { items: unknown[] };

/** A value that has `items`, and the schema of one of them. */
function listIn(schema: z.ZodType, value: unknown): { value: List; item: z.ZodType } | undefined {
  if (!(schema instanceof z.ZodObject) || !(schema.shape.items instanceof z.ZodArray)) return undefined;
  const { items } = (value ?? {}) as Partial<List>;
  return Array.isArray(items)
    ? { value: value as List, item: schema.shape.items.element as z.ZodType }
    : undefined;
}

function textOf(
  schema: z.ZodType,
  item: unknown,
  check: (schema: z.ZodType, item: unknown) => unknown,
): string {
  if (typeof item !== "object" || item === null || !Object.isFrozen(item))
    return JSON.stringify(check(schema, item));
  const known = texts().get(item);
  if (known?.schema === schema) return known.text;
  const text = JSON.stringify(check(schema, item));
  if (text.length <= longestKept) texts().set(item, { schema, text });
  return text;
}

function checked<T>(schema: z.ZodType<T>, value: unknown, log: Logger, requestId: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues
    .slice(0, 5)
    .map(({ code, path }) => `${path.map(String).join(".")}: ${code}`);
  log.error({ requestId, paths }, "an answer does not fit its schema");
  throw new DeskError("internal");
}
