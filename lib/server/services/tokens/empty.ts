import "server-only";
import type { TokenTable } from "../../store/schema";

/** A record about which nothing is known yet. */
export const emptyToken: Omit<
  TokenTable,
  "id" | "owner_id" | "hint" | "status" | "first_seen_at" | "status_at"
> = {
  label: null,
  purpose: null,
  environment: null,
  tags: "[]",
  notes: null,
  integration_id: null,
  created_at: null,
  listed_at: null,
  created_by: null,
  expires_at: null,
  expiry: null,
  checked_at: null,
  check_result: null,
  protected: 0,
  recovered: 0,
  sealed_value: null,
  revoked_at: null,
  revoked_by: null,
  revoke_reason: null,
  receipt: null,
};
