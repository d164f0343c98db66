import "server-only";
import type { TimedAnswer } from "./call";
import { PortalError } from "./error";
import { type TooMany, tooMany } from "./schemas";

/** What an answer was read as. Throws `not_understood`, for which nobody can tell what the portal has done. */
export function understood<T>(value: T | TooMany | undefined, endpoint: string, { status }: TimedAnswer): T {
  if (value !== undefined && value !== tooMany) return value;
  const tooLarge = value === tooMany;
  throw new PortalError("not_understood", { endpoint, status, tooLarge, sent: "maybe" });
}
