import "server-only";
import type { z } from "zod";
import { findTokenForms } from "@/lib/shared/token-text";
import { DeskError, type ErrorFacts } from "../errors";

const mostErrors = 20;

/**
 * Reads what came from outside by its schema.
 * @throws DeskError `invalid_input` naming the fields, never repeating what stood in them.
 */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DeskError("invalid_input", { errors: fieldErrors(parsed.error) });
}

/**
 * The parts of a path. What does not have the form of an id cannot exist.
 * @throws DeskError `not_found`
 */
export function parseParams<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DeskError("not_found");
  return parsed.data;
}

/**
 * The parameters of a query. Each name may stand there once, and a token nowhere: addresses are kept in histories and logs.
 * @throws DeskError `invalid_input`, `token_in_query`
 */
export function parseQuery<T>(schema: z.ZodType<T>, query: URLSearchParams): T {
  if (findTokenForms([...query].flat().join("\n")).length > 0) throw new DeskError("token_in_query");
  const seen = new Set<string>();
  const repeated = [...query.keys()].find((name) => seen.size === seen.add(name).size);
  if (repeated !== undefined)
    throw new DeskError("invalid_input", { errors: [{ path: pathOf([repeated]), message: "Given twice" }] });
  return parseInput(schema, Object.fromEntries(query));
}

function fieldErrors(error: z.ZodError): ErrorFacts["errors"] {
  return flatten(error.issues)
    .slice(0, mostErrors)
    .map((issue) => ({
      path: pathOf(issue.path),
      message: messageOf(issue),
    }));
}

function messageOf(issue: z.core.$ZodIssue): string {
  // The names of unknown keys are free text from outside; they are counted, not repeated.
  if (issue.code === "unrecognized_keys") return "Unknown field";
  const unquoted = issue.code === "custom" ? issue.params?.unquoted : undefined;
  return typeof unquoted === "string" ? unquoted : issue.message;
}

/** Of a union, the issues of the branch that fits best: the one with the fewest. */
function flatten(issues: z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
    const [best] = [...issue.errors].sort((one, other) => one.length - other.length);
    return flatten(best ?? []).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  });
}

/** A path of our schemas' field names and indexes; anything longer is not ours and is cut. */
const pathOf = (path: PropertyKey[]): string => path.map(String).join(".").slice(0, 80);
