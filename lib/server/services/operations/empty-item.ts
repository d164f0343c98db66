import "server-only";
import type { OperationItemTable } from "../../store/schema";

/** An item of which nothing has happened yet. */
export const emptyItem: Omit<
  OperationItemTable,
  "operation_id" | "position" | "kind" | "actor_owner_id" | "owner_id"
> = {
  connection_id: null,
  acting_owner_id: null,
  acting_by: "password",
  portal: null,
  token_id: null,
  label: null,
  state: "pending",
  error: null,
  urgency: 2,
  confined: 0,
  attempts: 0,
  next_try_at: null,
  last_try_at: null,
  sealed_value: null,
  previous_status: null,
  accepted_at: null,
  unlisted_at: null,
  dead_at: null,
};
