import "server-only";
import { sql } from "kysely";
import { foldName } from "../names";
import { partsOf } from "../slices";
import { among, isPostgres } from "./engine";
import type { Db, OwnerTable } from "./schema";
import { ownerIdsOfTokens, raiseVersions } from "./tokens";

// Any fixed number of its own among the advisory locks.
const whoIsWho = 7_463_518_225;

/** Lets one transaction at a time decide who is who. SQLite has one writer anyway. */
export async function lockOwners(tx: Db): Promise<void> {
  if (isPostgres(tx)) await sql`select pg_advisory_xact_lock(${whoIsWho})`.execute(tx);
}

/** The owner of this id, or the one that it was merged into. */
export async function ownerById(db: Db, id: string): Promise<OwnerTable | undefined> {
  const owner = await db.selectFrom("owners").selectAll().where("id", "=", id).executeTakeFirst();
  return owner?.merged_into ? ownerById(db, owner.merged_into) : owner;
}

/** So many owners are asked for by one statement: nobody else has a turn until it is done. */
const chunk = 500;
/** And so many rows are given to another by one. */
const givenAtOnce = 200;

export async function ownersByIds(db: Db, ids: string[]): Promise<OwnerTable[]> {
  const found: OwnerTable[] = [];
  for (const part of partsOf(ids, chunk))
    found.push(...(await db.selectFrom("owners").selectAll().where("id", "in", among(db, part)).execute()));
  return found;
}

const byUserIds = (db: Db, portal: string, userIds: string[]) =>
  db
    .selectFrom("owners")
    .where("portal", "=", portal)
    .where("user_id", "in", among(db, userIds))
    .where("merged_into", "is", null);

/** Owners of a portal by the portal's user ids. */
export async function ownersByUserIds(db: Db, portal: string, userIds: string[]): Promise<OwnerTable[]> {
  const found: OwnerTable[] = [];
  for (const part of partsOf(userIds, chunk))
    found.push(...(await byUserIds(db, portal, part).selectAll().execute()));
  return found;
}

/** The same by their ids alone. */
export async function ownerIdsByUserIds(db: Db, portal: string, userIds: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const part of partsOf(userIds, chunk))
    for (const { id } of await byUserIds(db, portal, part).select("id").execute()) found.push(id);
  return found;
}

/** The owner of a portal that has this user id, or, where none has it, this user name and no id. */
export async function ownerByUser(
  db: Db,
  portal: string,
  user: { userId?: string; userName: string },
): Promise<OwnerTable | undefined> {
  const [byId] = user.userId ? await ownersByUserIds(db, portal, [user.userId]) : [];
  if (byId) return byId;
  let query = db
    .selectFrom("owners")
    .selectAll()
    .where("portal", "=", portal)
    .where(
      isPostgres(db) ? sql`lower(user_name collate "C")` : sql`lower(user_name)`,
      "=",
      foldName(user.userName),
    )
    .where("merged_into", "is", null);
  if (user.userId) query = query.where("user_id", "is", null);
  return query.executeTakeFirst();
}

/** The owners that have a record of any of these tokens. */
export async function ownersOfTokens(db: Db, tokenIds: string[]): Promise<OwnerTable[]> {
  return ownersByIds(db, [...(await ownerIdsOfTokens(db, tokenIds))]);
}

export const insertOwner = (tx: Db, owner: OwnerTable) => tx.insertInto("owners").values(owner).execute();

/** Changes what is known about a person. Their tokens are described with it, so it raises the version of those. */
export async function updateOwner(tx: Db, id: string, change: Partial<OwnerTable>): Promise<void> {
  await raiseVersions(tx, new Set([id]));
  await tx.updateTable("owners").set(change).where("id", "=", id).execute();
}

/** Gives everything of one owner to another. The audit trail keeps the old id, which `merged_into` explains. */
export async function mergeOwner(tx: Db, from: string, into: string): Promise<void> {
  await raiseVersions(tx, new Set([from, into]));
  // Sessions in one order, and each before its connections, as whoever ends several takes them: those that can be ended.
  const open = tx
    .selectFrom("sessions")
    .select("id")
    .where("owner_id", "=", from)
    .where("ended_at", "is", null);
  const sessions = open.orderBy("id");
  await (isPostgres(tx) ? sessions.forUpdate() : sessions).execute();
  for (const table of ["tokens", "sessions", "connections"] as const)
    await giveRows(tx, table, "id", from, into);
  await giveRows(tx, "operation_items", "operation_id", from, into);
  await tx.updateTable("owners").set({ merged_into: into }).where("id", "=", from).execute();
}

/** Gives an owner's rows of a table to another, so many at once: those of an operation together. */
async function giveRows(
  tx: Db,
  table: "tokens" | "sessions" | "connections" | "operation_items",
  key: "id" | "operation_id",
  from: string,
  into: string,
): Promise<void> {
  for (;;) {
    const rows = await tx
      .selectFrom(table)
      .select(sql<string>`${sql.ref(key)}`.as("key"))
      .where("owner_id", "=", from)
      .limit(givenAtOnce)
      .execute();
    if (rows.length === 0) return;
    await tx
      .updateTable(table)
      .set({ owner_id: into })
      .where("owner_id", "=", from)
      .where(sql.ref(key), "in", among(tx, [...new Set(rows.map(({ key }) => key))]))
      .execute();
  }
}

/** These owners' ids and those of the owners merged into them, in however many steps. */
export async function withMerged(db: Db, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const merged: string[] = [];
  for (const part of partsOf(ids, chunk)) {
    const rows = await db
      .selectFrom("owners")
      .select("id")
      .where("merged_into", "in", among(db, part))
      .execute();
    merged.push(...rows.map(({ id }) => id));
  }
  return [...ids, ...(await withMerged(db, merged))];
}
