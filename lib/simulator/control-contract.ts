import { z } from "zod";
import { endpointNames, variantsSchema } from "./fault-rules";
import type { PortalAccount } from "./model";

/** What the control port takes and gives. Its client and its server share these. */

export const optionsPatchSchema = z
  .strictObject({
    rateLimit: z
      .strictObject({
        perMinute: z.number().int().positive(),
        retryAfter: z.string().nullable().default("seconds"),
      })
      .nullable(),
    latencyMs: z.number().nonnegative(),
    variants: variantsSchema,
  })
  .partial();
export type OptionsPatch = z.input<typeof optionsPatchSchema>;

export const clockSchema = z.union([
  z.strictObject({ advanceMs: z.number() }),
  z.strictObject({ now: z.number() }),
  z.strictObject({ reset: z.literal(true) }),
]);
export type ClockChange = z.input<typeof clockSchema>;

export const newUserSchema = z.strictObject({
  userName: z.string().min(1),
  firstName: z.string().default(""),
  lastName: z.string().default(""),
  password: z.string().min(1).optional(),
  roles: z.array(z.string()).default(["USER"]),
  enabled: z.boolean().default(true),
  parent: z.string().optional(),
});
export type NewUser = z.input<typeof newUserSchema>;

export const userPatchSchema = z
  .strictObject({
    userName: z.string().min(1),
    firstName: z.string(),
    lastName: z.string(),
    password: z.string().min(1),
    roles: z.array(z.string()),
    enabled: z.boolean(),
    /** The user name of the new parent, or null for a root. */
    parent: z.string().nullable(),
  })
  .partial();
export type UserPatch = z.input<typeof userPatchSchema>;

const count = z.number().int().nonnegative().max(1_000_000);
export const newTokensSchema = z.strictObject({
  values: z.array(z.string().min(1)).default([]),
  prefixed: count.default(0),
  bare: count.default(0),
  unforeseen: count.default(0),
});
export type NewTokens = z.input<typeof newTokensSchema>;

export const removeTokensSchema = z.strictObject({ values: z.array(z.string()) });
export const newAuthTokenSchema = z.strictObject({ stayLoggedIn: z.boolean().default(false) });
export const expireSchema = z.strictObject({ userName: z.string().optional() });

export const callQuerySchema = z.strictObject({
  endpoint: z.enum(endpointNames).optional(),
  method: z.string().optional(),
  since: z.coerce.number().optional(),
  userName: z.string().optional(),
  finished: z.stringbool().optional(),
  atLeast: z.coerce.number().int().nonnegative().optional(),
  timeoutMs: z.coerce.number().nonnegative().max(60_000).default(10_000),
});

/** A user in a dump, with the secrets: for tests, over loopback only. */
export interface DumpedUser {
  userId: number;
  key: string;
  userName: string;
  firstName: string;
  lastName: string;
  enabled: boolean;
  parent: string | null;
  roles: string[];
  password: string;
  /** All values that exist, in the order of minting, also those that the list does not show (yet, or still). */
  tokens: string[];
  /** The values that the portal's list shows now. */
  listed: string[];
  authTokens: Array<{ value: string; expiresAt: number }>;
}

export interface StateDump {
  /** The simulator's clock, milliseconds since the epoch. */
  now: number;
  users: DumpedUser[];
  accounts: PortalAccount[];
}

export interface Addresses {
  baseUrl: string;
  voiceBaseUrl: string;
}
