import "server-only";
import { partsOf } from "../slices";
import { chunk, openStates } from "./operations";
import type { Db, OperationItemTable, OperationTable } from "./schema";

/** Revocations by who has a record of the token. What somebody sent who has none is theirs alone, and in nobody's way. */
const revocations = (db: Db) =>
  db
    .selectFrom("operation_items")
    .innerJoin("operations", "operations.id", "operation_items.operation_id")
    .selectAll("operation_items")
    .select(["operations.created_at", "operations.request"])
    .where("operation_items.kind", "=", "revoke")
    .where("operation_items.owner_id", "<>", "");

/** A revocation with what its operation says of it. */
export type Revocation = OperationItemTable & Pick<OperationTable, "created_at" | "request">;

/** The revocations under way for these tokens, the most urgent first: each person who asked has one of their own. */
export async function openRevocations(db: Db, tokenIds: string[]): Promise<Revocation[]> {
  const found: Revocation[] = [];
  for (const part of partsOf(tokenIds, chunk))
    found.push(
      ...(await revocations(db)
        .where("operation_items.token_id", "in", part)
        .where("operation_items.state", "in", openStates)
        .orderBy("operation_items.urgency")
        .orderBy("operations.created_at")
        .execute()),
    );
  return found;
}

/** The revocation of a token that one of these asked for and that came to its end, the latest. */
export const doneRevocation = (
  db: Db,
  tokenId: string,
  actorOwnerIds: string[],
): Promise<Revocation | undefined> =>
  revocations(db)
    .where("operation_items.token_id", "=", tokenId)
    .where("operation_items.state", "=", "done")
    .where("operation_items.actor_owner_id", "in", actorOwnerIds)
    .orderBy("operations.created_at", "desc")
    .executeTakeFirst();
