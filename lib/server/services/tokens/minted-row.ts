import "server-only";
import type { MintInput } from "@/lib/contracts/tokens";
import type { OperationItemTable, OperationTable, TokenTable } from "../../store/schema";
import type { Desk } from "../desk";
import { sealToken } from "../operations/values";
import { emptyToken } from "./empty";

/** What a mint's request keeps: everything that was asked for but connection and count. */
export type MintRequest = Omit<MintInput, "connectionId" | "count">;

/**
 * The record of a token that a mint made, under the name it was to have. Its value is sealed beside it where
 * `TOKENDESK_SEAL` says so, so that a lead can revoke it later.
 */
export function mintedRow(
  desk: Desk,
  operation: OperationTable,
  item: OperationItemTable,
  minted: { id: string; hint: string; value: string },
): TokenTable {
  const request: MintRequest = JSON.parse(operation.request);
  const now = desk.clock.now();
  return {
    ...emptyToken,
    id: minted.id,
    hint: minted.hint,
    owner_id: item.owner_id,
    status: "active",
    label: item.label,
    purpose: request.purpose || null,
    environment: request.environment || null,
    tags: JSON.stringify(request.tags ?? []),
    notes: request.notes || null,
    integration_id: request.integrationId || null,
    expires_at: request.expiresAt ? Date.parse(request.expiresAt) : null,
    expiry: request.expiresAt ? "advisory" : null,
    created_at: now,
    created_by: operation.actor_name,
    first_seen_at: now,
    status_at: now,
    sealed_value: desk.env.seal === "minted" ? sealToken(desk, minted.id, minted.value) : null,
  };
}
