import "server-only";
import type { Kysely } from "kysely";

/**
 * The tables, the same on SQLite and PostgreSQL. Times are integer milliseconds, flags 0 or 1, lists and
 * objects JSON text: what both engines keep alike. A column named `sealed…` holds only what `crypto.seal` made.
 */
export type Schema = {
  meta: MetaTable;
  owners: OwnerTable;
  sessions: SessionTable;
  connections: ConnectionTable;
  connection_tokens: ConnectionTokenTable;
  tokens: TokenTable;
  operations: OperationTable;
  operation_items: OperationItemTable;
  audit: AuditTable;
  audit_head: AuditHeadTable;
  sign_in_failures: SignInFailureTable;
};

/** A handle for queries: the store's own, or a transaction's. Inside a transaction use only that one. */
export type Db = Kysely<Schema>;

type Flag = 0 | 1;

export type MetaTable = { name: string; value: string };

/** A portal user that owns tokens. Without id and name until the portal tells who it is. */
export type OwnerTable = {
  id: string;
  portal: string;
  user_id: string | null;
  user_name: string | null;
  full_name: string | null;
  /** The owner that this one turned out to be. */
  merged_into: string | null;
  /** Raised by every write to the owner's tokens, in the same transaction: what was read at a version still holds at it. */
  tokens_version: number;
  created_at: number;
};

export type SessionTable = {
  id: string;
  sid_hash: string;
  owner_id: string;
  created_at: number;
  last_active_at: number;
  expires_at: number;
  ended_at: number | null;
  end_reason: string | null;
  ip: string;
  user_agent: string;
};

export type ConnectionTable = {
  id: string;
  session_id: string;
  portal: string;
  owner_id: string;
  roles: string;
  roles_at: number;
  proved_by: "password" | "token";
  proved_at: number;
  state: "live" | "ended";
  sealed_credential: string | null;
  /** JSON array: the accounts that the portal said the user belongs to; null where that is not known. */
  accounts: string | null;
  created_at: number;
  ended_at: number | null;
};

/** A token, by its fingerprint, that a live connection was made or proved with: the connection ends with it. */
export type ConnectionTokenTable = { token_id: string; connection_id: string };

export type TokenTable = {
  id: string;
  owner_id: string;
  hint: string;
  status: "active" | "unclaimed" | "retiring" | "revoking" | "revoked" | "disappeared";
  label: string | null;
  purpose: string | null;
  environment: string | null;
  tags: string;
  notes: string | null;
  integration_id: string | null;
  created_at: number | null;
  first_seen_at: number;
  /** When a list of the portal last showed it; null while none has. */
  listed_at: number | null;
  created_by: string | null;
  expires_at: number | null;
  expiry: "enforced" | "advisory" | null;
  checked_at: number | null;
  check_result: "live" | "limited" | "dead" | "unknown" | null;
  protected: Flag;
  recovered: Flag;
  sealed_value: string | null;
  revoked_at: number | null;
  revoked_by: string | null;
  revoke_reason: string | null;
  receipt: string | null;
  /** When its status last changed: a list fetched earlier than that says nothing about it. */
  status_at: number;
};

export type OperationState = "pending" | "sending" | "checking" | "done" | "recovered" | "failed";

export type OperationTable = {
  id: string;
  kind: "mint" | "revoke";
  state: OperationState;
  /** Whose idempotency keys it belongs to, and who may see it. */
  actor_owner_id: string;
  actor_name: string;
  actor_portal: string;
  actor_role: "owner" | "lead";
  ip: string;
  request_id: string;
  idempotency_key: string | null;
  request_hash: string | null;
  /** JSON: what was asked for, without any value. */
  request: string;
  /** JSON array of the fingerprints that the owner had before a mint. */
  baseline: string | null;
  created_at: number;
  updated_at: number;
};

export type OperationItemTable = {
  operation_id: string;
  position: number;
  /** Its operation's, repeated: what is due is found by them. */
  kind: OperationTable["kind"];
  actor_owner_id: string;
  owner_id: string;
  /** The connection that it was asked with. */
  connection_id: string | null;
  /** The portal user whose rights a revocation is done with; kept, for connections come and go. */
  acting_owner_id: string | null;
  /** How the credential was proved that it was asked with. */
  acting_by: "password" | "token";
  /** Of a revocation; null where its operation's request has it, of before. */
  portal: string | null;
  token_id: string | null;
  label: string | null;
  state: OperationState;
  error: string | null;
  /** Of a revocation: the place of its priority among those of `portal/priority.ts`, 0 the most urgent. */
  urgency: number;
  /** Whether only the connection that it was asked with may act: the portal had not judged it lately. */
  confined: Flag;
  attempts: number;
  next_try_at: number | null;
  last_try_at: number | null;
  /** The token's value, while a revocation is under way. */
  sealed_value: string | null;
  /** What the token's status was, should the portal refuse. */
  previous_status: string | null;
  accepted_at: number | null;
  unlisted_at: number | null;
  dead_at: number | null;
};

export type AuditTable = {
  seq: number;
  at: number;
  action: string;
  result: string;
  actor_owner_id: string | null;
  target_owner_id: string | null;
  actor_name: string;
  token_id: string | null;
  /** The canonical JSON that the hash covers. */
  body: string;
  prev: string;
  hash: string;
};

export type AuditHeadTable = { id: 1; seq: number; hash: string };

export type SignInFailureTable = { key: string; failures: number; blocked_until: number; updated_at: number };
