import "server-only";
import { sql } from "kysely";
import { minutes } from "../clock";
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

/** Lets what waits in an operation be tried at once. */
export const hurryItems = (tx: Db, operationId: string, now: number) =>
  tx
    .updateTable("operation_items")
    .set({ next_try_at: now })
    .where("operation_id", "=", operationId)
    .where("state", "=", "checking")
    .execute();

/** How many values that they have no record of a person is having revoked, asked for by such a proof. */
export async function countUnseen(
  db: Db,
  actorOwnerIds: string[],
  by: OperationItemTable["acting_by"],
): Promise<number> {
  const { count } = await db
    .selectFrom("operation_items")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("kind", "=", "revoke")
    .where("actor_owner_id", "in", actorOwnerIds)
    .where("next_try_at", "is not", null)
    .where("owner_id", "=", "")
    .where("acting_by", "=", by)
    .where("state", "in", openStates)
    .executeTakeFirstOrThrow();
  return count;
}

/** Nothing is put off for longer: a try noted for later than this was noted by a clock that has been set back. */
const longestWaitMs = minutes(6);

/**
 * Items of a kind of operation that are due: of each person the most urgent, of those the longest due, and so many of each
 * that nobody's keep another's out. What was asked by a token is counted apart. No more is read than is given.
 */
export async function dueItems(
  db: Db,
  kind: OperationTable["kind"],
  now: number,
  mostOfAPerson: number,
): Promise<DueItem[]> {
  const due: DueItem[] = [];
  let left = mostOfAPerson;
  for (let last: Lane | undefined; ; ) {
    const lane = await nextLane(db, kind, last);
    if (!lane) break;
    if (lane.actor_owner_id !== last?.actor_owner_id || lane.acting_by !== last.acting_by)
      left = mostOfAPerson;
    for (const [is, at] of [
      ["<=", now],
      [">", now + longestWaitMs],
    ] as const) {
      const some = left > 0 ? await dueInLane(db, kind, lane, [is, at], left) : [];
      left -= some.length;
      due.push(...some);
    }
    last = lane;
  }
  return due.sort((a, b) => a.urgency - b.urgency || (a.next_try_at ?? 0) - (b.next_try_at ?? 0));
}

/** What a person has open, by how they were proved and how urgent it is. */
type Lane = Pick<OperationItemTable, "actor_owner_id" | "acting_by" | "urgency">;

/** The next of which anything is open, in the order of the index, which goes from one to the other. */
const nextLane = (db: Db, kind: OperationTable["kind"], last: Lane | undefined): Promise<Lane | undefined> =>
  db
    .selectFrom("operation_items")
    .select(["actor_owner_id", "acting_by", "urgency"])
    .where("kind", "=", kind)
    .where("next_try_at", "is not", null)
    .where(
      sql<boolean>`(actor_owner_id, acting_by, urgency) >
        (${last?.actor_owner_id ?? ""}, ${last?.acting_by ?? ""}, ${last?.urgency ?? -1})`,
    )
    .orderBy("actor_owner_id")
    .orderBy("acting_by")
    .orderBy("urgency")
    .limit(1)
    .executeTakeFirst();

const dueInLane = (
  db: Db,
  kind: OperationTable["kind"],
  lane: Lane,
  [is, at]: ["<=" | ">", number],
  most: number,
): Promise<DueItem[]> =>
  db
    .selectFrom("operation_items")
    .select([...dueColumns])
    .where("kind", "=", kind)
    .where("actor_owner_id", "=", lane.actor_owner_id)
    .where("acting_by", "=", lane.acting_by)
    .where("urgency", "=", lane.urgency)
    .where("next_try_at", is, at)
    .where("state", "in", openStates)
    .orderBy("next_try_at")
    .limit(most)
    .execute();

/** What is asked of all that is due: the rest is read item by item. */
const dueColumns = [
  "operation_id",
  "position",
  "owner_id",
  "actor_owner_id",
  "acting_by",
  "state",
  "urgency",
  "next_try_at",
  "last_try_at",
] as const;

/** An item that is due, and whose. */
export type DueItem = Pick<OperationItemTable, (typeof dueColumns)[number]>;

/** The ids of open operations of a kind: what a mint began from is long, so that each is read by itself. */
export const openOperations = (db: Db, kind: OperationTable["kind"]) =>
  db.selectFrom("operations").select("id").where("kind", "=", kind).where(isOpen).execute();
// As the index has it, which knows those alone.
const isOpen = sql<boolean>`state in ('pending', 'sending', 'checking')`;

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
