import "server-only";
import type { Problem, ProblemCode } from "@/lib/contracts/problem";

/** What may be told about an error besides its code. */
export type ErrorFacts = Pick<Problem, "detail" | "connectionId" | "errors" | "retryAfter" | "trouble">;

/**
 * What the log says of an error that nobody foresaw: its name and code, and the places in our code that it came through.
 * Never the message: parsers and drivers quote what they were given.
 */
export const loggedError = (error: unknown): { error: string; code: string; at: string[] } => ({
  error: error instanceof Error ? error.name.slice(0, 60) : typeof error,
  code: codeOf(error).slice(0, 40),
  at: framesOf(error),
});

export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** The stack after the message that it repeats: what looks like a place in there is none. */
function framesOf(error: unknown): string[] {
  if (!(error instanceof Error) || typeof error.stack !== "string") return [];
  const start = error.stack.indexOf(error.message);
  if (start < 0) return [];
  return error.stack
    .slice(start + error.message.length)
    .split("\n")
    .filter((line) => /^\s+at \S/.test(line))
    .slice(0, 8)
    .map((line) => line.trim().slice(0, 200));
}

/**
 * Has an error's stack written, for one that is kept: until it is read V8 has the frames that it is made of, and those have
 * the request in which they ran.
 */
export const writeStack = (error: unknown): void => void (error instanceof Error && error.stack);

const brand = Symbol.for("tokendesk.desk-error");

/**
 * An error that a caller may hear of, as a code. It knows no HTTP: `server/http` turns codes into statuses.
 * `detail` are fixed words of ours: never a portal's text, a value, or an internal.
 */
export class DeskError extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly facts: ErrorFacts = {},
  ) {
    super(code);
    this.name = "DeskError";
    Object.defineProperty(this, brand, { value: true });
  }

  // The bundler makes several copies of this class in one process, and errors pass between them.
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value;
  }
}

/** Whether something failed since the store takes no writes. */
export const isStoreFull = (error: unknown): boolean =>
  error instanceof DeskError && error.code === "store_full";

/**
 * Awaits what need not be done now where the store takes no writes: what wants it comes again.
 * @returns whether it was done.
 */
export const unlessFull = (task: Promise<unknown>): Promise<boolean> =>
  task.then(
    () => true,
    (error: unknown) => {
      if (isStoreFull(error)) return false;
      throw error;
    },
  );
