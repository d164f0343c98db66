import "server-only";
import type { ProblemCode } from "@/lib/contracts/problem";
import { hours } from "../../clock";
import { fingerprintsOf } from "../../crypto";
import { DeskError, loggedError } from "../../errors";
import { PortalError } from "../../portal/error";
import { itemsWithoutValue, updateOpenItem } from "../../store/operations";
import type { OperationItemTable } from "../../store/schema";
import { callAs } from "../connections/credential";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import { syncOwner } from "../owners/sync";
import { asDeskError, heldBackMs } from "../portals/refusal";
import { noteAccepted, refuseRevocation } from "./end-revoke";
import { createControl, proveByToken } from "./prove-revoke";
import { actingConnections, type ItemKey, isSeen, loadOpen, type RevokeItem, turnOf } from "./revoke-item";
import { sealForRevocation } from "./values";

/**
 * Sends what the portal has not accepted yet.
 * @returns for how many milliseconds nothing may be sent, where that is why nothing was.
 */
export async function sendRevocation(desk: Desk, key: ItemKey): Promise<number | undefined> {
  const open = await loadOpen(desk, key);
  if (!open || open.item.accepted_at !== null) return undefined;
  const { item } = open;
  if (!(await updateOpenItem(desk.db, key, { state: "sending", last_try_at: desk.clock.now() })))
    return undefined;
  try {
    const answer = await sendDelete(desk, open);
    if (answer.outcome === "deleted" || isSeen(item)) await noteAccepted(desk, open);
    else await noteAbsent(desk, open, answer.perhapsByUs || mayHaveBeenSent(item));
    return undefined;
  } catch (error) {
    const code = codeOf(desk, key, error);
    if (refusals.includes(code) || isGivenUp(desk, open, code)) await refuseRevocation(desk, open, code);
    else {
      await updateOpenItem(desk.db, key, { state: "checking", error: stillUnknown(item) ?? code });
      const isHidden = error instanceof PortalError && error.cause === "another_server";
      if (isHidden && isSeen(item)) await acceptIfDead(desk, open);
    }
    return heldBackMs(error);
  }
}

/** What ends a revocation: the portal's no, and values that cannot be sent or are not there. */
const refusals: ProblemCode[] = ["portal_refused", "token_unusable", "value_needed", "wrong_state"];

const longestUnseenMs = hours(24);

/**
 * What nobody can go on with: a confined item whose only credential is dead, and a value that nobody here knows whose asker
 * is gone or that has been tried for a day. It must not be kept sealed for ever.
 */
function isGivenUp({ clock }: Desk, { item, operation }: RevokeItem, code: ProblemCode): boolean {
  if (code === "connection_ended" && item.confined === 1) return true;
  return !isSeen(item) && clock.now() - operation.created_at > longestUnseenMs;
}

/**
 * A portal may say of any token that is not one's own that there is none. Only the token itself can tell that it was
 * deleted by an earlier try.
 */
async function noteAbsent(desk: Desk, open: RevokeItem, perhapsByUs: boolean): Promise<void> {
  if (!perhapsByUs) return refuseRevocation(desk, open, "not_found");
  const acting = await actingConnections(desk, open.item);
  const { dead } = await proveByToken(desk, open, acting, createControl(desk));
  if (dead === undefined) throw new DeskError("portal_timeout");
  if (dead) await noteAccepted(desk, open);
  else await refuseRevocation(desk, open, "not_found");
}

/** What answers in the portal's place may hide that the token is deleted: then the token itself says it. */
async function acceptIfDead(desk: Desk, open: RevokeItem): Promise<void> {
  const acting = await actingConnections(desk, open.item);
  const { dead } = await proveByToken(desk, open, acting, createControl(desk));
  if (dead) await noteAccepted(desk, open);
}

/** Whether an earlier try may have deleted the token, so that the portal's 404 may well be our own doing. */
const mayHaveBeenSent = ({ state, error }: OperationItemTable): boolean =>
  state === "sending" || lostAnswers.includes(error ?? "");

/** The answer did not come, or could not be noted. */
const lostAnswers = [
  "portal_timeout",
  "portal_unavailable",
  "portal_not_understood",
  "portal_too_large",
  "store_full",
];

/** For a token that nobody here knows, an earlier lost answer must not be forgotten over a later refusal. */
const stillUnknown = (item: OperationItemTable): ProblemCode | undefined =>
  !isSeen(item) && mayHaveBeenSent(item) ? "portal_timeout" : undefined;

/** An error as it is noted with an item; a bug is logged. */
export function codeOf(desk: Desk, key: ItemKey, error: unknown): ProblemCode {
  const known = asDeskError(error);
  if (known instanceof DeskError) return known.code;
  desk.log.error({ operationId: key.operation_id, ...loggedError(known) }, "a revocation met a bug");
  return "internal";
}

/**
 * The value of an owner's own token that was taken while the portal did not list it: kept sealed from now on.
 * @throws PortalError; DeskError `value_needed`, `wrong_state` where the portal lists it no more, `connection_ended`.
 */
async function listedValue(desk: Desk, open: RevokeItem, acting: SessionConnection[]): Promise<string> {
  const { operation, item, portal } = open;
  if (operation.actor_role !== "owner") throw new DeskError("value_needed");
  const [connection] = acting;
  if (!connection) throw new DeskError("connection_ended");
  const { values } = await syncOwner(desk, connection, turnOf(open, connection));
  const listed = await fingerprintsOf(desk.keys, portal, values);
  // One list serves all that were taken together.
  for (const one of await itemsWithoutValue(desk.db, item)) {
    const value = listed.get(one.token_id ?? "");
    if (value) await updateOpenItem(desk.db, one, { sealed_value: sealForRevocation(desk, one, value) });
  }
  open.value = listed.get(item.token_id ?? "");
  if (open.value === undefined) throw new DeskError("wrong_state");
  return open.value;
}

/** Deletes with the acting person's credential; where none is left, with the owner's token itself. */
async function sendDelete(desk: Desk, open: RevokeItem) {
  const { operation, item, portal } = open;
  const acting = await actingConnections(desk, item);
  const value = open.value ?? (await listedValue(desk, open, acting));
  for (const connection of acting) {
    try {
      return await callAs(desk, connection, (credential) =>
        desk.portal.revokeToken(portal, credential, value, turnOf(open, connection)),
      );
    } catch (error) {
      // Unless it was the token to be revoked that spoke for its owner, a dead credential says nothing of the token.
      if (!(error instanceof PortalError && error.kind === "unauthorized")) throw error;
    }
  }
  if (operation.actor_role === "owner" && item.confined === 0)
    return desk.portal.revokeToken(portal, value, value, turnOf(open));
  throw new DeskError("connection_ended");
}
