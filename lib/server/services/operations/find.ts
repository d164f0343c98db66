import "server-only";
import { DeskError } from "../../errors";
import { itemsOf, operationById } from "../../store/operations";
import { ownerById } from "../../store/owners";
import type { OperationTable } from "../../store/schema";
import { liveConnections } from "../connections/find";
import type { SessionContext } from "../context";

/**
 * An operation that the caller began; also one that was begun in their session by a user whose connection has ended since,
 * as far as it is about what they still see.
 * @throws DeskError `not_found` for any other.
 */
export async function findOperation(ctx: SessionContext, id: string): Promise<OperationTable> {
  const { desk, session } = ctx;
  const operation = await operationById(desk.db, id);
  const actor = operation && (await ownerById(desk.db, operation.actor_owner_id));
  if (!operation || !actor) throw new DeskError("not_found");
  if (actor.id === session.ownerId) return operation;
  const own = liveConnections(ctx).map(({ ownerId }) => ownerId);
  const isTheirs =
    actor.id === session.openerId &&
    (await itemsOf(desk.db, id)).every(({ owner_id }) => own.includes(owner_id));
  if (!isTheirs) throw new DeskError("not_found");
  return operation;
}
