import "server-only";
import { DeskError } from "../../errors";
import { operationById } from "../../store/operations";
import { ownerById } from "../../store/owners";
import type { OperationTable } from "../../store/schema";
import type { SessionContext } from "../context";

/** An operation that the caller began. @throws DeskError `not_found` for any other. */
export async function findOperation(ctx: SessionContext, id: string): Promise<OperationTable> {
  const operation = await operationById(ctx.desk.db, id);
  const actor = operation && (await ownerById(ctx.desk.db, operation.actor_owner_id));
  if (!operation || actor?.id !== ctx.session.ownerId) throw new DeskError("not_found");
  return operation;
}
