import type { AuditAction, AuditEntry, AuditResult } from "@/lib/contracts/audit";

/** Each action as a person says it, in the past tense: the sentence is "who" and then these words. */
const actions: Record<AuditAction, string> = {
  "session.sign_in": "signed in",
  "session.sign_in_failed": "failed to sign in",
  "session.sign_out": "signed out",
  "session.end": "ended a session",
  "session.step_up": "confirmed their identity",
  "session.step_up_failed": "failed to confirm their identity",
  "connection.add": "connected an API user",
  "connection.add_failed": "failed to connect an API user",
  "connection.end": "ended a connection",
  "connection.roles": "got other roles at the portal",
  "token.mint": "minted",
  "token.recover": "recovered",
  "token.label": "changed the description of",
  "token.copy": "copied",
  "token.check": "checked",
  "token.revoke": "revoked",
  "token.unseal": "erased the sealed copy of",
  "owner.synced": "saw the portal's list",
  "owner.merged": "learned whose tokens these are",
  "audit.export": "exported the audit trail",
  "audit.checkpoints_reset": "began anew with the trail's checkpoints",
  "keys.secret_change": "changed the secret",
  "store.restored": "was restored from a backup",
};

/** The same for a list of choices. */
const choices: Record<AuditAction, string> = {
  "session.sign_in": "Sign-in",
  "session.sign_in_failed": "Sign-in failed",
  "session.sign_out": "Sign-out",
  "session.end": "Session ended",
  "session.step_up": "Identity confirmed",
  "session.step_up_failed": "Confirmation failed",
  "connection.add": "Connection added",
  "connection.add_failed": "Connection failed",
  "connection.end": "Connection ended",
  "connection.roles": "Roles changed",
  "token.mint": "Token minted",
  "token.recover": "Token recovered",
  "token.label": "Token described",
  "token.copy": "Token copied",
  "token.check": "Token checked",
  "token.revoke": "Token revoked",
  "token.unseal": "Sealed copy erased",
  "owner.synced": "List seen",
  "owner.merged": "Owner learned",
  "audit.export": "Trail exported",
  "audit.checkpoints_reset": "Checkpoints reset",
  "keys.secret_change": "Secret changed",
  "store.restored": "Restored",
};

export const auditActionNames: { value: AuditAction; label: string }[] = Object.entries(choices).map(
  ([value, label]) => ({ value: value as AuditAction, label }),
);

/** Where an action may be asked for and not come about. */
const askedFor: Partial<Record<AuditAction, string>> = {
  "session.end": "asked to end a session",
  "token.mint": "asked to mint",
  "token.copy": "asked to copy",
  "token.revoke": "asked to revoke",
  "token.label": "asked to describe",
  "token.check": "asked to check",
  "token.unseal": "asked to erase the sealed copy of",
};

/** What was done, as far as it was: an intent, a refusal and an unknown outcome are never told as done. */
export const auditActionWords = ({ action, result }: Pick<AuditEntry, "action" | "result">): string =>
  (result !== "ok" && askedFor[action]) || actions[action];

export const auditResultNames: Record<AuditResult, string> = {
  intent: "Asked for",
  ok: "Done",
  refused: "Refused",
  failed: "Failed",
  unknown: "Unknown",
};

/** Why the desk ended a session or a connection by itself. */
const endings: Record<string, string> = {
  idle: "Not used for too long",
  too_old: "Open for too long",
  clock_set_back: "The clock was set back",
  portal_401: "The portal ended it",
  unreadable: "Its credential cannot be opened",
  disconnected: "Given up",
  token_ended: "The token it was made with has ended",
  token_unknown: "The desk did not know which token it was made with",
  portal_disabled: "The portal disabled the user",
  portal_other_user: "The portal says that it is another user's",
  portal_removed: "The portal is no longer configured",
  not_allowed_here: "The configuration no longer lets this user in",
  token_sign_in_off: "Signing in with a token was switched off",
};

/** A reason in words; one that is new stands as it is. */
export const reasonWords = (reason: string): string => endings[reason] ?? reason;
