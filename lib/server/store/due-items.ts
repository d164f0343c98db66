import "server-only";
import { sql } from "kysely";
import { minutes } from "../clock";
import { openStates } from "./operations";
import type { Db, OperationItemTable, OperationTable } from "./schema";

/** Nothing is put off for longer: a try noted for later than this was noted by a clock that has been set back. */
const longestWaitMs = minutes(6);

/**
 * Items of a kind of operation that are due, the most urgent first and of those the longest due: of each person so many of each
 * urgency that none keep others out. What was asked by a token is counted apart. No more is read than is given.
 */
export async function dueItems(
  db: Db,
  kind: OperationTable["kind"],
  now: number,
  mostOfALane: number,
): Promise<DueItem[]> {
  const due: DueItem[] = [];
  for (let last: Lane | undefined; ; ) {
    const lane = await nextLane(db, kind, last);
    if (!lane) break;
    let left = mostOfALane;
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
  "portal",
  "actor_owner_id",
  "acting_by",
  "state",
  "urgency",
  "next_try_at",
  "last_try_at",
] as const;

/** An item that is due, and whose. */
export type DueItem = Pick<OperationItemTable, (typeof dueColumns)[number]>;
