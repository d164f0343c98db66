import { z } from "zod";
import { instant, knownText } from "./text";

export const auditActions = [
  "session.sign_in",
  "session.sign_in_failed",
  "session.sign_out",
  "session.end",
  "session.step_up",
  "session.step_up_failed",
  "connection.add",
  "connection.add_failed",
  "connection.end",
  "connection.roles",
  "token.mint",
  "token.recover",
  "token.label",
  "token.copy",
  "token.check",
  "token.revoke",
  "token.unseal",
  "owner.synced",
  "owner.merged",
  "audit.export",
  "audit.checkpoints_reset",
  "keys.secret_change",
  "store.restored",
] as const;
export const auditAction = z.enum(auditActions);
export type AuditAction = z.infer<typeof auditAction>;

/** `intent` is written before the portal is asked, the others when it is known what came of it. */
export const auditResults = ["intent", "ok", "refused", "failed", "unknown"] as const;
export const auditResult = z.enum(auditResults);
export type AuditResult = z.infer<typeof auditResult>;

export const auditEntry = z.strictObject({
  seq: z.int(),
  at: instant,
  action: auditAction,
  actor: z.strictObject({ portal: z.string(), userName: z.string(), role: z.string().optional() }),
  target: z
    .strictObject({
      tokenId: z.string().optional(),
      label: z.string().optional(),
      portal: z.string().optional(),
      userName: z.string().optional(),
    })
    .optional(),
  result: auditResult,
  ip: z.string(),
  requestId: z.string(),
  operationId: z.string().optional(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

const filters = {
  token: knownText(64).optional(),
  actor: knownText(254).optional(),
  action: auditAction.optional(),
  from: instant.optional(),
  to: instant.optional(),
};
export const auditQuery = z.strictObject({
  ...filters,
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional(),
});
export type AuditQuery = z.infer<typeof auditQuery>;
export const auditExportQuery = z.strictObject({ ...filters, format: z.enum(["jsonl", "csv"]) });
export type AuditExportQuery = z.infer<typeof auditExportQuery>;
export const auditPage = z.strictObject({ items: z.array(auditEntry), nextCursor: z.string().optional() });
export type AuditPage = z.infer<typeof auditPage>;

export const auditVerification = z.strictObject({
  ok: z.boolean(),
  entries: z.int(),
  headHash: z.string(),
  /** The first entry that does not fit the one before it, or that a checkpoint contradicts. */
  brokenAt: z.int().optional(),
  checkpoints: z.strictObject({
    /** So many agree with the trail as it is. */
    agreeing: z.int(),
    lastAt: instant.optional(),
    /** So many are of a longer trail that a restored backup has replaced. */
    replaced: z.int(),
    /** So many were written and are not in their file any more. */
    missing: z.int(),
    /** Whether the store's own record of how many were written is gone, or was not written by the desk. */
    uncounted: z.boolean(),
    /** Whether the last one could not be written. */
    failing: z.boolean(),
  }),
  /** What the caller may see of what was asked for and has no outcome, newest first, at most 50. */
  unfinished: z.array(auditEntry),
  checkedAt: instant,
  /** Present where the trail is so long that it is still being read: this is what the last verification came to. */
  verifying: z.literal(true).optional(),
});
export type AuditVerification = z.infer<typeof auditVerification>;
