import "server-only";
import type { DeskError } from "../../errors";

/**
 * What the portal says of a connection now: alive, with these roles, since it was asked `at` that moment; at its end; or nothing, for the portal is in
 * trouble, or spares itself or us.
 */
export type Standing =
  | { state: "confirmed"; at: number; userName: string; roles: string[] }
  | { state: "ended" }
  | { state: "unasked"; trouble: DeskError; outage: boolean };
