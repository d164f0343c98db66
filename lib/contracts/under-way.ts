import { z } from "zod";
import { instant } from "./text";

/** What is told of something that the desk goes on with by itself. */
export const underWay = {
  /** A problem code: what kept the last try from succeeding, or how it failed. */
  error: z.string().optional(),
  /** Of a revocation that is not proven yet: when the portal said that the token is deleted. */
  acceptedAt: instant.optional(),
  /** In how many seconds it is tried next, while it waits; not an instant, since a browser's clock may be wrong. */
  retryAfter: z.int().min(1).optional(),
  /** Of a revocation: asked for 15 minutes ago, and not proven yet. */
  overdue: z.boolean().optional(),
};
