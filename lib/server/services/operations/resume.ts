import "server-only";
import { groupBy } from "@/lib/shared/group-by";
import { minutes } from "../../clock";
import { DeskError } from "../../errors";
import { type DueItem, dueItems } from "../../store/due-items";
import { hurryUnsent, itemsOf, openOperations, operationById, updateItem } from "../../store/operations";
import type { OperationItemTable, OperationTable } from "../../store/schema";
import { lendableConnections } from "../connections/lendable";
import type { Desk } from "../desk";
import { syncOwner } from "../owners/sync";
import { asDeskError } from "../portals/refusal";
import { failUnsent, mintLease, waitForOutcome } from "./run-mint";
import { driveRevocations } from "./run-revoke";
import { refreshOperation } from "./state";

/** So many of a person's that are as urgent are worked on in a round. */
const batch = 50;

/**
 * After a start: mints that the last process left behind. What was not sent is closed as such; what was sent has an
 * unknown outcome, and the portal's list will tell.
 */
export async function resumeMints(desk: Desk): Promise<void> {
  // Requests are served already: what this process has begun is its own.
  const startedAt = desk.clock.now();
  for (const { id } of await openOperations(desk.db, "mint")) {
    const operation = await operationById(desk.db, id);
    if (!operation) continue;
    const items = await itemsOf(desk.db, id);
    const lease = mintLease(items[0]?.owner_id ?? "");
    if (operation.created_at > startedAt || desk.leases.isBusy(lease)) continue;
    await desk.leases.run(lease, () => closeLost(desk, operation, items));
    await refreshOperation(desk.db, id, desk.clock.now());
  }
}

/** After a start: revocations that the last process was about to send are due. What this one has begun is its own. */
export const resumeRevocations = ({ db, clock }: Desk): Promise<void> => hurryUnsent(db, clock.now());

/** Items that nobody runs any more: `pending` was not sent, `sending` may have been. */
async function closeLost(desk: Desk, operation: OperationTable, items: OperationItemTable[]): Promise<void> {
  for (const item of items.filter(({ state }) => state === "sending"))
    await waitForOutcome(desk, operation, item);
  await failUnsent(
    desk,
    operation,
    items.filter(({ state }) => state === "pending"),
    undefined,
  );
}

/**
 * Takes every revocation that is due one step further: each person's by themselves, what was asked by a token apart, and each
 * urgency and each owner in a round of its own, so that nobody waits for another's, nor what is urgent for what is less so, nor
 * what one portal does for another that hangs.
 */
export async function driveDueRevocations(desk: Desk): Promise<void> {
  const due = await dueItems(desk.db, "revoke", desk.clock.now(), batch);
  const rounds = groupBy(
    due,
    ({ actor_owner_id, acting_by, urgency, owner_id, portal }) =>
      `round:${actor_owner_id} ${acting_by} ${urgency} ${owner_id || portal}`,
  );
  const free = [...rounds].filter(([round]) => !desk.leases.isBusy(round));
  await Promise.all(
    free.map(([round, items]) => desk.leases.run(round, () => driveRevocations(desk, items))),
  );
}

/** Looks for every mint of unknown outcome that is due. One portal user's trouble keeps nobody else waiting. */
export async function lookForDueMints(desk: Desk): Promise<void> {
  const due = await dueItems(desk.db, "mint", desk.clock.now(), batch);
  const owners = new Set(due.map(({ owner_id }) => owner_id));
  const looks = await Promise.allSettled(
    [...owners].map((ownerId) =>
      lookForMints(
        desk,
        ownerId,
        due.filter(({ owner_id }) => owner_id === ownerId),
      ),
    ),
  );
  // A portal in trouble is asked again later; anything else is a bug, and the worker says so.
  for (const look of looks)
    if (look.status === "rejected" && !(asDeskError(look.reason) instanceof DeskError)) throw look.reason;
}

/** Lists an owner with any live credential of theirs; without one the mint waits for their next list. */
async function lookForMints(desk: Desk, ownerId: string, due: DueItem[]): Promise<void> {
  const now = desk.clock.now();
  for (const item of due) {
    // Sent at a time still to come: the clock was set back since, and the looks begin anew.
    const isAhead = item.last_try_at !== null && item.last_try_at > now;
    await updateItem(desk.db, item, {
      next_try_at: now + minutes(1),
      ...(isAhead ? { last_try_at: now } : {}),
    });
  }
  // Due and under way: a long mint, which knows for itself what came of it.
  if (desk.leases.isBusy(mintLease(ownerId))) return;
  const lost = due.filter(({ state }) => state === "pending" || state === "sending");
  await desk.leases.run(mintLease(ownerId), async () => {
    for (const id of new Set(lost.map(({ operation_id }) => operation_id))) {
      const operation = await operationById(desk.db, id);
      const items = await itemsOf(desk.db, id);
      if (operation) await closeLost(desk, operation, items);
    }
  });
  const [connection] = await lendableConnections(desk, ownerId);
  if (connection) await syncOwner(desk, connection, { fresh: true });
}
