import { z } from "zod";
import { longestPassword, longestUserName } from "@/lib/shared/credentials";
import { instant } from "./text";
import { asIs, tokenText } from "./tokens";

/** Passwords are passed on as typed; only their size is bounded. */
const secretInput = z.string().min(1).max(longestPassword, `At most ${longestPassword} characters`);
export const portalId = z.string().min(1).max(64);

export const portalList = z.strictObject({
  /** `byHand` is how whoever has a token revokes it there without the desk: only who is signed in is told where a portal is. */
  items: z.array(z.strictObject({ id: z.string(), name: z.string(), byHand: z.string().optional() })),
  /** Whether signing in with an API token instead of a password is on. */
  tokenSignIn: z.boolean(),
});
export type PortalList = z.infer<typeof portalList>;

export const connection = z.strictObject({
  id: z.string(),
  portal: z.string(),
  userId: z.string().optional(),
  userName: z.string(),
  fullName: z.string().optional(),
  roles: z.array(z.string()),
  /** Whether the portal lets this user manage others. */
  lead: z.boolean(),
  state: z.enum(["live", "ended"]),
  /** How the credential was proved: it decides what step-up asks for. */
  provedBy: z.enum(["password", "token"]),
  steppedUpUntil: instant.optional(),
});
export type Connection = z.infer<typeof connection>;

export const session = z.strictObject({
  user: z.strictObject({
    portal: z.string(),
    userId: z.string().optional(),
    userName: z.string(),
    fullName: z.string().optional(),
  }),
  admin: z.boolean(),
  connections: z.array(connection),
  idleExpiresAt: instant,
  expiresAt: instant,
});
export type Session = z.infer<typeof session>;

/** Where somebody is signed in, as it may be known to them and to desk admins: neither the session id nor its hash. */
export const sessionItem = z.strictObject({
  /** Of the row: it opens nothing. */
  id: z.string(),
  user: z.strictObject({ portal: z.string(), userName: z.string(), fullName: z.string().optional() }),
  /** The portal users that it acts for now. */
  connections: z.array(z.strictObject({ portal: z.string(), userName: z.string() })),
  startedAt: instant,
  /** To the minute. */
  lastActiveAt: instant,
  /** When it ends by itself unless it is used before. */
  idleExpiresAt: instant,
  /** When it ends in any case. */
  expiresAt: instant,
  ip: z.string(),
  device: z.strictObject({ name: z.string(), kind: z.enum(["computer", "phone", "program"]) }),
  /** The one that asks. */
  current: z.boolean(),
  /** Of the person who asks. */
  own: z.boolean(),
});
export type SessionItem = z.infer<typeof sessionItem>;
export const sessionList = z.strictObject({ items: z.array(sessionItem) });
export type SessionList = z.infer<typeof sessionList>;
export const othersEnded = z.strictObject({ ended: z.int() });
export type OthersEnded = z.infer<typeof othersEnded>;

const credentials = {
  password: z.strictObject({
    username: z.string().min(1).max(longestUserName, `At most ${longestUserName} characters`),
    password: secretInput,
  }),
  apiToken: z.strictObject({ apiToken: tokenText, asIs }),
};

/** The form fields of the sign-in callback; next-auth's own (`csrfToken`, `json`, `redirect`, `callbackUrl`) are taken off before. */
export const signInInput = z.union([
  credentials.password.extend({ portal: portalId }),
  credentials.apiToken.extend({ portal: portalId }),
]);
export type SignInInput = z.infer<typeof signInInput>;

const connectionId = z.string().min(1).max(64);
export const stepUpInput = z.union([
  z.strictObject({ connectionId, password: secretInput }),
  credentials.apiToken.extend({ connectionId }),
]);
export type StepUpInput = z.infer<typeof stepUpInput>;
export const stepUpAnswer = z.strictObject({ steppedUpUntil: instant });
export type StepUpAnswer = z.infer<typeof stepUpAnswer>;
