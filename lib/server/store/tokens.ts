import "server-only";
import { type SqlBool, sql } from "kysely";
import { mapInSlices, partsOf } from "../slices";
import { among, isPostgres } from "./engine";
import { noteErased } from "./erased";
import type { Db, TokenTable } from "./schema";

/** So many rows are read or written by one statement: nobody else has a turn until it is done. */
const chunk = 100;
/** Of so many owners tokens are counted by one statement. */
const ownersAtOnce = 500;

export const tokenById = (db: Db, id: string): Promise<TokenTable | undefined> =>
  db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();

export async function tokensByIds(db: Db, ids: string[]): Promise<TokenTable[]> {
  const found: TokenTable[] = [];
  for (const part of partsOf(ids, chunk))
    found.push(...(await db.selectFrom("tokens").selectAll().where("id", "in", part).execute()));
  return found;
}

/** Which of an owner's records: those of tokens that are revoked, which are kept for ever, or the others. */
export type Part = "current" | "revoked";

// Written out, as the indexes have it that know those alone.
const inPart = {
  current: sql<SqlBool>`status <> 'revoked'`,
  revoked: sql<SqlBool>`status = 'revoked'`,
};

/** A page of a part of an owner's records: those that come next after an id. */
const pageOf = (db: Db, ownerId: string, part: Part, after: string) =>
  db
    .selectFrom("tokens")
    .where("owner_id", "=", ownerId)
    .where(inPart[part])
    .where("id", ">", after)
    .orderBy("id")
    .limit(chunk);

/** What is taken of each of a part of an owner's records, by id. The records themselves are not all held at once. */
export const tokensOfOwner = <R>(
  db: Db,
  ownerId: string,
  part: Part,
  taken: (row: TokenTable) => R,
): Promise<R[]> => inPages((after) => pageOf(db, ownerId, part, after).selectAll().execute(), taken);

/** How many records of a part each of these owners has, of those who have any. */
export async function countsOfOwners(db: Db, ownerIds: string[], part: Part): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const some of partsOf(ownerIds, ownersAtOnce)) {
    const rows = await db
      .selectFrom("tokens")
      .select(["owner_id", (e) => e.fn.countAll<number>().as("count")])
      .where("owner_id", "in", among(db, some))
      .where(inPart[part])
      .groupBy("owner_id")
      .execute();
    for (const { owner_id, count } of rows) counts.set(owner_id, Number(count));
  }
  return counts;
}

/** How many of these owners' tokens were revoked since a moment. */
export async function countRevokedSince(db: Db, ownerIds: string[], since: number): Promise<number> {
  let total = 0;
  for (const some of partsOf(ownerIds, ownersAtOnce)) {
    const { count } = await db
      .selectFrom("tokens")
      .select((e) => e.fn.countAll<number>().as("count"))
      .where("owner_id", "in", among(db, some))
      .where(inPart.revoked)
      .where("revoked_at", ">=", since)
      .executeTakeFirstOrThrow();
    total += Number(count);
  }
  return total;
}

/** Everything about a token that a list's arrival decides on. */
const listState = ["id", "owner_id", "status", "status_at", "listed_at", "label", "created_at"] as const;
export type ListState = Pick<TokenTable, (typeof listState)[number]>;

/** The same of what is not revoked. */
export const currentListState = (db: Db, ownerId: string): Promise<ListState[]> =>
  inPages(
    (after) => pageOf(db, ownerId, "current", after).select(listState).execute(),
    (row) => row,
  );

/** The same of these tokens, of those that this owner has, revoked or not. */
export async function listStateOf(db: Db, ownerId: string, ids: string[]): Promise<ListState[]> {
  const found: ListState[] = [];
  for (const part of partsOf(ids, chunk)) {
    const some = db.selectFrom("tokens").select(listState).where("owner_id", "=", ownerId);
    found.push(...(await some.where("id", "in", part).execute()));
  }
  return found;
}

async function inPages<Row extends { id: string }, R>(
  page: (after: string) => Promise<Row[]>,
  taken: (row: Row) => R,
): Promise<R[]> {
  const all: R[] = [];
  for (let last = ""; ; ) {
    const some = await page(last);
    all.push(...(await mapInSlices(some, taken)));
    if (some.length < chunk) return all;
    last = some.at(-1)?.id ?? "";
  }
}

/*
 * Every write raises the versions of the owners concerned before it touches a record: lists are kept by them, and
 * on PostgreSQL the owner's row thus is what all writers lock first, so that none waits for another in a circle.
 */

/** Adds records; one that is there already stays as it is. */
export async function insertTokens(tx: Db, rows: TokenTable[]): Promise<void> {
  await raiseVersions(tx, new Set(rows.map(({ owner_id }) => owner_id)));
  for (const part of partsOf(rows, chunk))
    await tx
      .insertInto("tokens")
      .values(part)
      .onConflict((c) => c.column("id").doNothing())
      .execute();
}

/** Writes a record whole: what a list may have shown before the mint that made it was recorded is replaced. */
export async function saveToken(tx: Db, row: TokenTable): Promise<void> {
  const { id: _, first_seen_at: __, ...change } = row;
  await raiseVersions(tx, new Set([row.owner_id]));
  await tx
    .insertInto("tokens")
    .values(row)
    .onConflict((c) => c.column("id").doUpdateSet(change))
    .execute();
}

export async function updateTokens(tx: Db, ids: string[], change: Partial<TokenTable>): Promise<void> {
  await lockTokens(tx, ids, change.owner_id);
  await updateLocked(tx, ids, change);
}

async function updateLocked(tx: Db, ids: string[], change: Partial<TokenTable>): Promise<void> {
  for (const part of partsOf(ids, chunk))
    await tx.updateTable("tokens").set(change).where("id", "in", part).execute();
  if ("sealed_value" in change) noteErased("tokens");
}

/** Writes these columns of records that are there, and that this transaction has locked and read: each its own. */
export async function saveLocked(
  tx: Db,
  rows: TokenTable[],
  columns: Exclude<keyof TokenTable, "id" | "owner_id">[],
): Promise<void> {
  if (columns.length === 0) return;
  for (const part of partsOf(rows, chunk))
    await tx
      .insertInto("tokens")
      .values(part)
      .onConflict((c) =>
        c
          .column("id")
          .doUpdateSet((e) => Object.fromEntries(columns.map((name) => [name, e.ref(`excluded.${name}`)]))),
      )
      .execute();
}

/** Forgets records. */
export async function deleteTokens(tx: Db, ids: string[]): Promise<void> {
  await lockTokens(tx, ids);
  for (const part of partsOf(ids, chunk)) await tx.deleteFrom("tokens").where("id", "in", part).execute();
  noteErased("tokens");
}

/**
 * Takes tokens for a revocation: of those that are not being revoked, revoked or gone, the status becomes
 * `revoking`. Two that ask at the same time cannot both be given a token.
 * @returns what was taken, with the status that each had.
 */
export async function claimForRevocation(
  tx: Db,
  ids: string[],
  at: number,
): Promise<Map<string, TokenTable["status"]>> {
  await lockTokens(tx, ids);
  const taken = new Map<string, TokenTable["status"]>();
  for (const part of partsOf(ids, chunk)) {
    const rows = await tx
      .selectFrom("tokens")
      .select(["id", "status"])
      .where("id", "in", part)
      .where("status", "in", ["active", "unclaimed", "retiring"])
      .execute();
    for (const { id, status } of rows) taken.set(id, status);
  }
  await updateLocked(tx, [...taken.keys()], { status: "revoking", status_at: at });
  return taken;
}

/** Locks these tokens by raising the versions of who has them, and of who is to have them. */
export async function lockTokens(tx: Db, ids: string[], newOwner?: string): Promise<void> {
  const found = await ownerIdsOfTokens(tx, ids);
  if (newOwner !== undefined && ids.length > 0) found.add(newOwner);
  await raiseVersions(tx, found);
}

/** Who has a record of any of these tokens. */
export async function ownerIdsOfTokens(db: Db, ids: string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const part of partsOf(ids, chunk)) {
    const rows = await db
      .selectFrom("tokens")
      .select("owner_id")
      .distinct()
      .where("id", "in", part)
      .execute();
    for (const { owner_id } of rows) found.add(owner_id);
  }
  return found;
}

/** Raises the versions of these owners: everybody in the same order, so that none waits for another in a circle. */
export async function raiseVersions(tx: Db, ownerIds: Set<string>): Promise<void> {
  for (const part of partsOf([...ownerIds].sort(), chunk)) {
    const owners = tx.selectFrom("owners").select("id").where("id", "in", part);
    // An update takes them as it finds them. SQLite has one writer anyway.
    if (isPostgres(tx)) await owners.orderBy(sql`id collate "C"`).forUpdate().execute();
    await tx
      .updateTable("owners")
      .set((e) => ({ tokens_version: e("tokens_version", "+", 1) }))
      .where("id", "in", part)
      .execute();
  }
}
