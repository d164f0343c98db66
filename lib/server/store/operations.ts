import "server-only";
import { minutes } from "../clock";
import type { Db, OperationItemTable, OperationState, OperationTable } from "./schema";

/** Adds an operation. Returns false, and adds nothing, where its person used its idempotency key already. */
export async function insertOperation(
  tx: Db,
  operation: OperationTable,
  items: OperationItemTable[],
): Promise<boolean> {
  const added = await tx
    .insertInto("operations")
    .values(operation)
    .onConflict((c) => c.columns(["actor_owner_id", "idempotency_key"]).doNothing())
    .returning("id")
    .execute();
  if (added.length === 0) return false;
  for (let start = 0; start < items.length; start += 500)
    await tx
      .insertInto("operation_items")
      .values(items.slice(start, start + 500))
      .execute();
  return true;
}

export const operationById = (db: Db, id: string): Promise<OperationTable | undefined> =>
  db.selectFrom("operations").selectAll().where("id", "=", id).executeTakeFirst();

/** The operation of a person, under any of their owner ids, that has this idempotency key. */
export const operationByKey = (db: Db, actorOwnerIds: string[], key: string) =>
  db
    .selectFrom("operations")
    .selectAll()
    .where("actor_owner_id", "in", actorOwnerIds)
    .where("idempotency_key", "=", key)
    .executeTakeFirst();

export const updateOperation = (tx: Db, id: string, change: Partial<OperationTable>) =>
  tx.updateTable("operations").set(change).where("id", "=", id).execute();

export const itemsOf = (db: Db, operationId: string): Promise<OperationItemTable[]> =>
  db
    .selectFrom("operation_items")
    .selectAll()
    .where("operation_id", "=", operationId)
    .orderBy("position")
    .execute();

/** The different states that an operation's items are in, and how many are in each. */
export const statesOf = (db: Db, operationId: string) =>
  db
    .selectFrom("operation_items")
    .select(["state", (e) => e.fn.countAll<number>().as("count")])
    .where("operation_id", "=", operationId)
    .groupBy("state")
    .execute();

type ItemKey = Pick<OperationItemTable, "operation_id" | "position">;

export const itemAt = (db: Db, key: ItemKey): Promise<OperationItemTable | undefined> =>
  db
    .selectFrom("operation_items")
    .selectAll()
    .where("operation_id", "=", key.operation_id)
    .where("position", "=", key.position)
    .executeTakeFirst();

export const updateItem = (tx: Db, item: ItemKey, change: Partial<OperationItemTable>) =>
  tx
    .updateTable("operation_items")
    .set(change)
    .where("operation_id", "=", item.operation_id)
    .where("position", "=", item.position)
    .execute();

/** Nothing is put off for longer: a try noted for later than this was noted by a clock that has been set back. */
const longestWaitMs = minutes(6);

/** Items of a kind of operation that are due, the longest due first. */
export const dueItems = (db: Db, kind: OperationTable["kind"], now: number, limit: number) =>
  db
    .selectFrom("operation_items")
    .innerJoin("operations", "operations.id", "operation_items.operation_id")
    .selectAll("operation_items")
    .where("operations.kind", "=", kind)
    .where((e) =>
      e.or([
        e("operation_items.next_try_at", "<=", now),
        e("operation_items.next_try_at", ">", now + longestWaitMs),
      ]),
    )
    .orderBy("operation_items.next_try_at")
    .limit(limit)
    .execute();

/** Operations of a kind in one of these states. */
export const operationsInState = (db: Db, kind: OperationTable["kind"], states: OperationState[]) =>
  db.selectFrom("operations").selectAll().where("kind", "=", kind).where("state", "in", states).execute();

const openStates: OperationState[] = ["pending", "sending", "checking"];

const revocations = (db: Db) =>
  db
    .selectFrom("operation_items")
    .innerJoin("operations", "operations.id", "operation_items.operation_id")
    .selectAll("operation_items")
    .select(["operations.created_at", "operations.request"])
    .where("operations.kind", "=", "revoke");

/** The revocation under way for a token, if any. */
export const openRevocation = (db: Db, tokenId: string) =>
  revocations(db)
    .where("operation_items.token_id", "=", tokenId)
    .where("operation_items.state", "in", openStates)
    .executeTakeFirst();

/** The revocation that a token's end came from. */
export const doneRevocation = (db: Db, tokenId: string) =>
  revocations(db)
    .where("operation_items.token_id", "=", tokenId)
    .where("operation_items.state", "=", "done")
    .orderBy("operations.created_at", "desc")
    .executeTakeFirst();

/** The revocations under way for the tokens of these owners. */
export const openRevocations = (db: Db, ownerIds: string[]) =>
  revocations(db)
    .where("operation_items.owner_id", "in", ownerIds)
    .where("operation_items.state", "in", openStates)
    .execute();

/** Items of an owner's mints whose outcome is unknown, with their mint's baseline, the oldest first. */
export const openMintItems = (db: Db, ownerId: string) =>
  db
    .selectFrom("operation_items")
    .innerJoin("operations", "operations.id", "operation_items.operation_id")
    .selectAll("operation_items")
    .select("operations.baseline")
    .where("operations.kind", "=", "mint")
    .where("operation_items.owner_id", "=", ownerId)
    .where("operation_items.state", "=", "checking")
    .orderBy("operations.created_at")
    .orderBy("operation_items.position")
    .execute();
