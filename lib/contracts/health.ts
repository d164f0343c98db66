import { z } from "zod";

/** What a probe is told; a failing desk answers a problem document instead. */
export const health = z.strictObject({ ok: z.literal(true) });
export type Health = z.infer<typeof health>;
