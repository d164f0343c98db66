import "server-only";
import type { ProblemCode } from "@/lib/contracts/problem";
import { instantOf, seconds } from "../../clock";
import { DeskError } from "../../errors";
import { PortalError, type PortalErrorKind } from "../../portal/error";
import { itemAt, operationById, updateItem } from "../../store/operations";
import { ownerById } from "../../store/owners";
import type { OperationItemTable } from "../../store/schema";
import { liveConnectionsOfOwner } from "../../store/sessions";
import { tokenById } from "../../store/tokens";
import { toSessionConnection } from "../connections/add";
import { callAs } from "../connections/credential";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import { asDeskError } from "../portals/refusal";
import { sessionTime } from "../sessions/end-overdue";
import { finishRevocation, noteAccepted, refuseRevocation } from "./end-revoke";
import { proveByList, proveByToken } from "./prove-revoke";
import type { RevokeItem } from "./revoke-item";
import { isOpen, isOverdue, revokeDelayMs } from "./state";
import { sealedValueOf, valueOfItem } from "./values";

/**
 * Takes revocations one step further: those that the portal has not accepted are sent; those that it has are
 * proved, by one list for all of an owner's. What is not over then has its next try noted. One driver an owner at
 * a time; an item that somebody else has finished meanwhile is left alone.
 * @param thorough also asks the token itself, so that the receipt is complete even where a list proved it.
 */
export async function driveRevocations(
  desk: Desk,
  keys: Pick<OperationItemTable, "operation_id" | "position" | "owner_id">[],
  options: { thorough?: boolean } = {},
): Promise<void> {
  const byOwner = new Map<string, typeof keys>();
  for (const key of keys) {
    const lease = revokeLease(key);
    byOwner.set(lease, [...(byOwner.get(lease) ?? []), key]);
  }
  await Promise.all(
    [...byOwner].map(([lease, mine]) =>
      desk.leases.run(lease, async () => {
        const refusedFor = new Map<ItemKey, number | undefined>();
        for (const key of mine) refusedFor.set(key, await acceptItem(desk, key));
        await proveItems(desk, mine, options.thorough ?? false);
        const late: RevokeItem[] = [];
        for (const key of mine) {
          const open = await scheduleNext(desk, key, refusedFor.get(key));
          if (open && isOverdue(open.operation.created_at, desk.clock.now())) late.push(open);
        }
        sayOverdue(desk, late);
      }),
    ),
  );
}

/** One driver an owner. What nobody here has heard of belongs to nobody, and waits for nobody. */
export const revokeLease = (key: ItemKey & Pick<OperationItemTable, "owner_id">): string =>
  `revoke:${key.owner_id || `${key.operation_id}/${key.position}`}`;

type ItemKey = Pick<OperationItemTable, "operation_id" | "position">;

/** The item as it is now, with all that is needed to work on it; undefined when it is over. */
export async function loadOpen(desk: Desk, key: ItemKey): Promise<RevokeItem | undefined> {
  const operation = await operationById(desk.db, key.operation_id);
  const item = await itemAt(desk.db, key);
  if (!operation || !item || !isOpen(item.state)) return undefined;
  const token = item.token_id ? await tokenById(desk.db, item.token_id) : undefined;
  const value = valueOfItem(desk, item) ?? (token && sealedValueOf(desk, token));
  return { operation, item, portal: JSON.parse(operation.request).portals[key.position], value };
}

/** @returns for how many milliseconds nothing may be sent, where that is why nothing was. */
async function acceptItem(desk: Desk, key: ItemKey): Promise<number | undefined> {
  const open = await loadOpen(desk, key);
  if (!open || open.item.accepted_at !== null) return undefined;
  await updateItem(desk.db, key, { state: "sending", last_try_at: desk.clock.now() });
  try {
    const answer = await sendDelete(desk, open);
    const wasNeverThere = answer.outcome === "absent" && !answer.perhapsByUs && !mayHaveBeenSent(open.item);
    if (wasNeverThere && open.item.owner_id === "") await refuseRevocation(desk, open, "not_found");
    else await noteAccepted(desk, open);
    return undefined;
  } catch (error) {
    const code = codeOf(desk, key, error);
    if (refusals.includes(code)) await refuseRevocation(desk, open, code);
    else await updateItem(desk.db, key, { state: "checking", error: stillUnknown(open.item) ?? code });
    const isHeldBack = error instanceof PortalError && heldBack.includes(error.kind);
    return isHeldBack ? error.retryAfterMs : undefined;
  }
}

/** The portal asked for a pause, or is down, or had its share of calls: what is tried meanwhile is no try. */
const heldBack: PortalErrorKind[] = ["rate_limited", "budget", "breaker_open"];

/** What ends a revocation: the portal's no, and values that cannot be sent. */
const refusals: ProblemCode[] = ["portal_refused", "token_unusable", "value_needed"];

/** Whether an earlier try may have deleted the token, so that the portal's 404 may well be our own doing. */
const mayHaveBeenSent = ({ state, error }: OperationItemTable): boolean =>
  state === "sending" ||
  ["portal_timeout", "portal_unavailable", "portal_not_understood"].includes(error ?? "");

/** For a token that nobody here knows, an earlier lost answer must not be forgotten over a later refusal. */
const stillUnknown = (item: OperationItemTable): ProblemCode | undefined =>
  item.owner_id === "" && mayHaveBeenSent(item) ? "portal_timeout" : undefined;

function codeOf(desk: Desk, key: ItemKey, error: unknown): ProblemCode {
  const known = asDeskError(error);
  if (known instanceof DeskError) return known.code;
  desk.log.error(
    { operation: key.operation_id, err: known instanceof Error ? known.name : "unknown" },
    "a revocation met a bug",
  );
  return "internal";
}

/** Deletes with the acting person's credential; where none is left, with the owner's token itself. */
async function sendDelete(desk: Desk, { operation, item, portal, value }: RevokeItem) {
  if (value === undefined) throw new DeskError("value_needed");
  const call = (credential: string) => desk.portal.revokeToken(portal, credential, value);
  for (const connection of await actingConnections(desk, item)) {
    try {
      return await callAs(desk, connection, call);
    } catch (error) {
      // Unless it was the token to be revoked that spoke for its owner, a dead credential says nothing of the token.
      if (!(error instanceof PortalError && error.kind === "unauthorized")) throw error;
    }
  }
  if (operation.actor_role === "owner") return call(value);
  throw new DeskError("connection_ended");
}

/** Live connections of the portal user who acts, the one that they asked with first. Never somebody else's. */
export async function actingConnections(desk: Desk, item: OperationItemTable): Promise<SessionConnection[]> {
  const owner = await ownerById(desk.db, item.acting_owner_id ?? "");
  if (!owner) return [];
  const live = await liveConnectionsOfOwner(desk.db, owner.id, sessionTime(desk));
  const isAsked = ({ id }: { id: string }) => Number(id === item.connection_id);
  return live.sort((a, b) => isAsked(b) - isAsked(a)).map((row) => toSessionConnection(row, owner));
}

async function proveItems(desk: Desk, keys: ItemKey[], thorough: boolean): Promise<void> {
  const loaded = await Promise.all(keys.map((key) => loadOpen(desk, key)));
  const accepted = loaded.filter(
    (open) => open !== undefined && open.item.accepted_at !== null,
  ) as RevokeItem[];
  const stillListed = await proveByList(desk, accepted);
  for (const open of accepted) {
    const { item } = open;
    if (item.unlisted_at === null || thorough)
      await proveByToken(desk, open, await actingConnections(desk, item));
    const isProven = item.unlisted_at !== null || item.dead_at !== null;
    // A list that shows it outweighs its 401: nothing is called revoked that the portal still shows.
    if (!isProven || stillListed.has(item.token_id ?? "")) continue;
    try {
      await finishRevocation(desk, open);
    } catch (error) {
      // It stays open, and is tried again: the others must not wait for it.
      codeOf(desk, item, error);
    }
  }
}

/**
 * Notes the next try of what is still open: what was held back goes as soon as it may, before anybody else.
 * @returns it, if it is still open.
 */
async function scheduleNext(
  desk: Desk,
  key: ItemKey,
  refusedForMs?: number,
): Promise<RevokeItem | undefined> {
  const open = await loadOpen(desk, key);
  if (!open) return undefined;
  const attempts = open.item.attempts + Number(refusedForMs === undefined);
  const delayMs =
    refusedForMs === undefined ? revokeDelayMs(attempts) : Math.max(seconds(1), Math.ceil(refusedForMs));
  const now = desk.clock.now();
  // Accepted, and yet it lives on: from the fourth try it is deleted again.
  const again = open.item.accepted_at !== null && attempts >= 4 ? { accepted_at: null } : {};
  await updateItem(desk.db, key, {
    ...again,
    state: "checking",
    attempts,
    last_try_at: now,
    next_try_at: now + delayMs,
  });
  return open;
}

/** For whoever watches the log: said with each try for as long as it lasts, in one line for an owner's. */
function sayOverdue({ log }: Desk, late: RevokeItem[]): void {
  const [first] = late;
  if (!first) return;
  const since = instantOf(Math.min(...late.map(({ operation }) => operation.created_at)));
  const tokens = late.slice(0, 10).map(({ item }) => item.token_id);
  log.error({ portal: first.portal, count: late.length, since, tokens }, "revocations are overdue");
}
