import "server-only";
import { sql } from "kysely";
import { partsOf } from "../slices";
import { noteErased } from "./erased";
import type { Db, OperationItemTable, OperationState, OperationTable } from "./schema";

/** So many rows are read or written by one statement: nobody else has a turn until it is done. */
export const chunk = 100;

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
  for (const part of partsOf(items, chunk)) await tx.insertInto("operation_items").values(part).execute();
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

/**
 * Ends an open operation. What a mint began from is of no use once it is over.
 * @returns of which kind it was; undefined where it had ended before, or never was: then nothing is changed.
 */
export const endOperation = (
  tx: Db,
  id: string,
  change: Pick<OperationTable, "state" | "updated_at">,
): Promise<Pick<OperationTable, "kind"> | undefined> =>
  tx
    .updateTable("operations")
    .set({ ...change, baseline: null })
    .where("id", "=", id)
    .where("state", "in", openStates)
    .returning("kind")
    .executeTakeFirst();

/** How many tokens of a kind of open operation are in each open state, and when the first of them was asked for. */
export const countOpenItems = (db: Db, kind: OperationTable["kind"]) =>
  db
    .selectFrom("operations")
    .innerJoin("operation_items", "operation_items.operation_id", "operations.id")
    .select("operation_items.state")
    .select((e) => [e.fn.countAll<number>().as("count"), e.fn.min("operations.created_at").as("first_at")])
    .where("operations.kind", "=", kind)
    .where(isOpen)
    // What an operation itself says of its state may be of its beginning.
    .where("operation_items.state", "in", openStates)
    .groupBy("operation_items.state")
    .execute();

/** An operation's items, in their order. */
export async function itemsOf(db: Db, operationId: string): Promise<OperationItemTable[]> {
  const items: OperationItemTable[] = [];
  for (;;) {
    const some = await db
      .selectFrom("operation_items")
      .selectAll()
      .where("operation_id", "=", operationId)
      .where("position", ">", items.at(-1)?.position ?? -1)
      .orderBy("position")
      .limit(chunk)
      .execute();
    items.push(...some);
    if (some.length < chunk) return items;
  }
}

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

export async function updateItem(tx: Db, item: ItemKey, change: Partial<OperationItemTable>): Promise<void> {
  await tx
    .updateTable("operation_items")
    .set(change)
    .where("operation_id", "=", item.operation_id)
    .where("position", "=", item.position)
    .execute();
  if ("sealed_value" in change) noteErased("operation_items");
}

export const openStates: OperationState[] = ["pending", "sending", "checking"];

/** As `updateItem`, unless the item has come to its end meanwhile. @returns whether it was open. */
export const updateOpenItem = (tx: Db, item: ItemKey, change: Partial<OperationItemTable>) =>
  updateItemIn(tx, openStates, item, change);

/** As `updateItem`, if the item has failed. @returns whether it had. */
export const updateFailedItem = (tx: Db, item: ItemKey, change: Partial<OperationItemTable>) =>
  updateItemIn(tx, ["failed"], item, change);

async function updateItemIn(
  tx: Db,
  states: OperationState[],
  item: ItemKey,
  change: Partial<OperationItemTable>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("operation_items")
    .set(change)
    .where("operation_id", "=", item.operation_id)
    .where("position", "=", item.position)
    .where("state", "in", states)
    .executeTakeFirst();
  if ("sealed_value" in change) noteErased("operation_items");
  return numUpdatedRows > 0n;
}

/** The open items of an operation, of the same owner, of which no value is kept. */
export const itemsWithoutValue = (
  db: Db,
  { operation_id, owner_id }: Pick<OperationItemTable, "operation_id" | "owner_id">,
) =>
  db
    .selectFrom("operation_items")
    .select(["operation_id", "position", "token_id"])
    .where("operation_id", "=", operation_id)
    .where("owner_id", "=", owner_id)
    .where("sealed_value", "is", null)
    .where("state", "in", openStates)
    .limit(chunk)
    .execute();

/** Lets what waits in an operation be tried at once. */
export const hurryItems = (tx: Db, operationId: string, now: number) =>
  tx
    .updateTable("operation_items")
    .set({ next_try_at: now })
    .where("operation_id", "=", operationId)
    .where("state", "=", "checking")
    .execute();

/** A person's revocations of such an urgency that are under way, asked for by such a proof. */
const openOfPerson = (
  db: Db,
  actorOwnerIds: string[],
  by: OperationItemTable["acting_by"],
  urgency: OperationItemTable["urgency"],
) =>
  db
    .selectFrom("operation_items")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("kind", "=", "revoke")
    .where("actor_owner_id", "in", actorOwnerIds)
    .where("next_try_at", "is not", null)
    .where("acting_by", "=", by)
    .where("urgency", "=", urgency)
    .where("state", "in", openStates);

/** How many they are. */
export async function countOpen(...of: Parameters<typeof openOfPerson>): Promise<number> {
  return (await openOfPerson(...of).executeTakeFirstOrThrow()).count;
}

/** How many of them this portal has still to be asked for, but for those that wait for a sign-in. */
export async function countWaiting(
  db: Db,
  actorOwnerIds: string[],
  of: Pick<OperationItemTable, "portal" | "urgency"> & { by: OperationItemTable["acting_by"] },
): Promise<number> {
  const { count } = await openOfPerson(db, actorOwnerIds, of.by, of.urgency)
    .where("portal", "=", of.portal)
    .where("accepted_at", "is", null)
    .where((e) => e.or([e("error", "is", null), e("error", "<>", "connection_ended")]))
    .executeTakeFirstOrThrow();
  return count;
}

/** Lets revocations begun until now that were never tried to their end be tried at once. */
export async function hurryUnsent(db: Db, now: number): Promise<void> {
  await db
    .updateTable("operation_items")
    .set({ next_try_at: now })
    .where("kind", "=", "revoke")
    .where("next_try_at", ">", now)
    .where("attempts", "=", 0)
    .where("state", "in", ["pending", "sending"])
    .where("operation_id", "in", (of) =>
      of
        .selectFrom("operations")
        .select("id")
        .where("kind", "=", "revoke")
        .where(isOpen)
        .where("created_at", "<=", now),
    )
    .execute();
}

/** The ids of open operations of a kind: what a mint began from is long, so that each is read by itself. */
export const openOperations = (db: Db, kind: OperationTable["kind"]) =>
  db.selectFrom("operations").select("id").where("kind", "=", kind).where(isOpen).execute();
// As the index has it, which knows those alone.
const isOpen = sql<boolean>`operations.state in ('pending', 'sending', 'checking')`;

/** Items of an owner's mints whose outcome is unknown, the oldest first. */
export const openMintItems = (db: Db, ownerId: string) =>
  db
    .selectFrom("operation_items")
    .innerJoin("operations", "operations.id", "operation_items.operation_id")
    .selectAll("operation_items")
    .where("operations.kind", "=", "mint")
    .where("operation_items.owner_id", "=", ownerId)
    .where("operation_items.state", "=", "checking")
    .orderBy("operations.created_at")
    .orderBy("operation_items.position")
    .execute();
