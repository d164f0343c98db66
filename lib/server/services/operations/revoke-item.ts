import "server-only";
import type { PortalCallOptions } from "../../portal/client";
import { type Priority, revocationPriorities } from "../../portal/priority";
import { itemAt, operationById } from "../../store/operations";
import type { OperationItemTable, OperationTable } from "../../store/schema";
import { tokenById } from "../../store/tokens";
import { lendableConnections } from "../connections/lendable";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import { isOpen } from "./state";
import { sealedValueOf, valueOfItem } from "./values";

export type ItemKey = Pick<OperationItemTable, "operation_id" | "position">;

/** A revocation under way, with all that is needed to work on it. */
export type RevokeItem = {
  operation: OperationTable;
  item: OperationItemTable;
  portal: string;
  /** Undefined where the sealed copies are damaged. */
  value: string | undefined;
};

/** Whether who asked has a record of the token: only then does what they are told touch the record. */
export const isSeen = ({ owner_id }: Pick<OperationItemTable, "owner_id">): boolean => owner_id !== "";

/** One driver an item. */
export const revokeLease = (key: ItemKey): string => `revoke:${key.operation_id}/${key.position}`;

/** The item as it is now, with all that is needed to work on it; undefined when it is over. */
export async function loadOpen(desk: Desk, key: ItemKey): Promise<RevokeItem | undefined> {
  const operation = await operationById(desk.db, key.operation_id);
  const item = await itemAt(desk.db, key);
  if (!operation || !item || !isOpen(item.state)) return undefined;
  const token = item.token_id ? await tokenById(desk.db, item.token_id) : undefined;
  const copy = token && isSeen(item) ? sealedValueOf(desk, token) : undefined;
  const value = valueOfItem(desk, item) ?? copy;
  const portal = item.portal ?? JSON.parse(operation.request).portals[key.position];
  return { operation, item, portal, value };
}

/**
 * Live connections of the portal user who acts, the one that they asked with first. Never somebody else's; of a confined
 * item that one alone.
 */
export async function actingConnections(desk: Desk, item: OperationItemTable): Promise<SessionConnection[]> {
  const live = await lendableConnections(desk, item.acting_owner_id ?? "");
  const isAsked = ({ id }: { id: string }) => id === item.connection_id;
  if (item.confined === 1) return live.filter(isAsked);
  return live.sort((a, b) => Number(isAsked(b)) - Number(isAsked(a)));
}

/**
 * Whose call a revocation's is, and how urgent: each person has a share of the budget of their own, and whoever came in by
 * a token, which may have leaked, has another.
 */
export const turnOf = (
  { operation, item }: Pick<RevokeItem, "operation" | "item">,
  connection?: Pick<SessionConnection, "provedBy">,
): PortalCallOptions & { priority: Priority } => ({
  priority: revocationPriorities[item.urgency] ?? "unknown",
  person: `${operation.actor_owner_id} ${connection?.provedBy ?? "itself"}`,
});
