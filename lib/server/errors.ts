import "server-only";
import type { Problem, ProblemCode } from "@/lib/contracts/problem";

/** What may be told about an error besides its code. */
export type ErrorFacts = Pick<Problem, "detail" | "connectionId" | "errors" | "retryAfter">;

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
