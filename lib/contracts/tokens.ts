import { z } from "zod";
import { numbersFault } from "@/lib/shared/numbered-names";
import { longestQuery } from "@/lib/shared/token-table/search";
import { environment, instant, integrationId, label, note, notes, purpose, tags } from "./text";
import { troubles } from "./troubles";
import { underWay } from "./under-way";

/** `tok_` and 26 characters of lower-case RFC 4648 base32: a token's id everywhere. */
export const tokenId = z.string().regex(/^tok_[a-z2-7]{26}$/, "Not a token id");
/** What a person pastes as a token, with whatever surrounds it: the server takes the token out. */
export const tokenText = z.string().min(1).max(20_000);
/** A text without a token's form is a token only where a person says so, on purpose. */
export const asIs = z.literal(true).optional();

export const tokenStatuses = [
  "active",
  "unclaimed",
  "retiring",
  "revoking",
  "revoked",
  "disappeared",
] as const;
export const tokenStatus = z.enum(tokenStatuses);
export type TokenStatus = z.infer<typeof tokenStatus>;

export const revokeReasons = ["compromised", "rotated", "unused", "offboarding", "mistake", "other"] as const;
export const revokeReason = z.enum(revokeReasons);
export type RevokeReason = z.infer<typeof revokeReason>;

export const checkResults = ["live", "limited", "dead", "unknown"] as const;
export const checkResult = z.enum(checkResults);
export type CheckResult = z.infer<typeof checkResult>;

/** When each proof of a revocation arrived; a missing one means "not asked". */
export const receipt = z.strictObject({
  acceptedAt: instant.optional(),
  unlistedAt: instant.optional(),
  deadAt: instant.optional(),
});
export type Receipt = z.infer<typeof receipt>;

export const token = z.strictObject({
  id: tokenId,
  hint: z.string(),
  label: z.string().nullable(),
  status: tokenStatus,
  owner: z.strictObject({
    portal: z.string(),
    userId: z.string().optional(),
    userName: z.string().optional(),
  }),
  /** The caller's own connection that owns it; absent where the caller sees it as a lead. */
  connectionId: z.string().optional(),
  purpose: z.string().nullable(),
  environment: z.string().nullable(),
  tags: z.array(z.string()),
  notes: z.string().nullable(),
  integrationId: z.string().nullable(),
  createdAt: instant.optional(),
  firstSeenAt: instant,
  createdBy: z.string().optional(),
  expiresAt: instant.optional(),
  expiry: z.enum(["enforced", "advisory"]).optional(),
  lastCheck: z.strictObject({ result: checkResult, at: instant }).optional(),
  protected: z.boolean(),
  sealed: z.boolean(),
  recovered: z.boolean().optional(),
  rotatedFrom: tokenId.optional(),
  rotatedTo: tokenId.optional(),
  /** While `revoking`: its last try, and the operation where it is the caller's own. */
  revoking: z
    .strictObject({
      operationId: z.string().optional(),
      reason: revokeReason,
      since: instant,
      lastTryAt: instant.optional(),
      ...underWay,
    })
    .optional(),
  revoked: z.strictObject({ at: instant, by: z.string(), reason: revokeReason, receipt }).optional(),
});
export type Token = z.infer<typeof token>;

/** How current the answer is for each portal user that was asked. */
export const tokenSource = z.strictObject({
  connectionId: z.string(),
  state: z.enum(["fresh", "stale", "ended"]),
  fetchedAt: instant.optional(),
  /** Why it is stale: a problem code. */
  error: z.string().optional(),
  retryAfter: z.int().optional(),
  /** Nothing of it is shown: the portal has not confirmed the connection for too long. */
  withheld: z.literal(true).optional(),
  /** What the portal's trouble is, where it is known. */
  trouble: z.enum(troubles).optional(),
});
export type TokenSource = z.infer<typeof tokenSource>;

export const tokenCounts = z.strictObject({
  active: z.int(),
  unclaimed: z.int(),
  expiringSoon: z.int(),
  overdue: z.int(),
  revokedLately: z.int(),
});
export type TokenCounts = z.infer<typeof tokenCounts>;

export const tokenListQuery = z.strictObject({
  connection: z.string().max(64).optional(),
  status: z.union([tokenStatus, z.literal("all")]).optional(),
  q: z.string().max(longestQuery, `At most ${longestQuery} characters`).optional(),
});
export type TokenListQuery = z.infer<typeof tokenListQuery>;

export const tokenList = z.strictObject({
  items: z.array(token),
  fetchedAt: instant,
  stale: z.boolean(),
  sources: z.array(tokenSource),
  /** How many were revoked in the last 30 days, whether they are among the items or not. */
  revokedLately: z.int(),
});
export type TokenList = z.infer<typeof tokenList>;

/** What the tokens page is rendered with: the counts and the first rows; the rest comes by one call. */
export type TokenListStart = TokenList & { counts: TokenCounts; total: number };

/** What people note about a token, besides its name. */
export const metadata = {
  purpose: purpose.nullable(),
  environment: environment.nullable(),
  tags,
  notes: notes.nullable(),
  integrationId: integrationId.nullable(),
  expiresAt: instant.nullable(),
  expiry: z.enum(["enforced", "advisory"]).nullable(),
};

export const mintInput = z
  .strictObject({
    connectionId: z.string().min(1).max(64),
    label,
    count: z.int("A whole number").min(1, "At least one").max(20, "At most 20").default(1),
    purpose: purpose.optional(),
    environment: environment.optional(),
    tags: tags.optional(),
    notes: notes.optional(),
    integrationId: integrationId.optional(),
    expiresAt: instant.optional(),
    expiry: z.enum(["enforced", "advisory"]).optional(),
  })
  .superRefine(({ label, count }, context) => {
    const message = numbersFault(label, count);
    if (message !== undefined) context.addIssue({ code: "custom", path: ["label"], message });
  });
export type MintInput = z.infer<typeof mintInput>;

export const mintAnswer = z.strictObject({ operationId: z.string(), items: z.array(token).optional() });
export type MintAnswer = z.infer<typeof mintAnswer>;

/** A name from before today's rules may be longer than they let it be. */
const longestSeen = 1_000;
export const patchTokenInput = z
  .strictObject({
    label: label.optional(),
    /** The name that the caller saw, as it stands there: with another one by now nothing is changed. */
    was: z.string().max(longestSeen, `At most ${longestSeen} characters`).nullable().optional(),
    protected: z.boolean().optional(),
  })
  .extend(z.strictObject(metadata).partial().shape)
  .refine(({ was: _, ...patch }) => Object.keys(patch).length > 0, "Nothing to change");
export type PatchTokenInput = z.infer<typeof patchTokenInput>;

/** As many ids as fit into a body of 64 kB. */
export const maxSelection = 1500;
export const selection = z
  .array(tokenId)
  .min(1)
  .max(maxSelection)
  .transform((ids) => [...new Set(ids)]);

export const identifyInput = z.strictObject({ token: tokenText, asIs });
export type PastedToken = z.infer<typeof identifyInput>;
export const identifyAnswer = z.strictObject({ items: z.array(token) });
export type IdentifyAnswer = z.infer<typeof identifyAnswer>;

export const copyFormats = ["raw", "header", "env", "curl"] as const;
export const copyInput = z.strictObject({ as: z.enum(copyFormats).default("raw") });
export type CopyFormat = (typeof copyFormats)[number];
/** The one answer that holds a token's value. */
export const copyAnswer = z.strictObject({ token: z.string(), text: z.string() });
export type CopyAnswer = z.infer<typeof copyAnswer>;

export const checkAnswer = z.strictObject({ result: checkResult, checkedAt: instant, latencyMs: z.number() });
export type CheckAnswer = z.infer<typeof checkAnswer>;

export const revokeInput = z.strictObject({ reason: revokeReason, note: note.optional() });
export type RevokeInput = z.infer<typeof revokeInput>;
export const bulkRevokeInput = revokeInput.extend({ ids: selection });
export type BulkRevokeInput = z.infer<typeof bulkRevokeInput>;
export const revokeByValueInput = revokeInput.extend({
  portal: z.string().min(1).max(64),
  token: tokenText,
  asIs,
});
export type RevokeByValueInput = z.infer<typeof revokeByValueInput>;

export const revokeAnswer = z.strictObject({
  operationId: z.string(),
  state: z.enum(["revoking", "revoked", "failed"]),
  receipt,
});
export type RevokeAnswer = z.infer<typeof revokeAnswer>;

export const operationItem = z.strictObject({
  tokenId: tokenId.optional(),
  label: z.string().optional(),
  state: z.enum(["pending", "sending", "checking", "done", "recovered", "failed"]),
  ...underWay,
});
export const operation = z.strictObject({
  kind: z.enum(["mint", "revoke"]),
  state: z.enum(["pending", "sending", "checking", "done", "recovered", "failed"]),
  done: z.int(),
  total: z.int(),
  /** Whose sign-in it waits for: the name of a portal user. */
  waitingFor: z.string().optional(),
  items: z.array(operationItem),
});
export type Operation = z.infer<typeof operation>;
export const operationStarted = z.strictObject({ operationId: z.string() });
export type OperationStarted = z.infer<typeof operationStarted>;
