import "server-only";
import type { Db, TokenTable } from "./schema";

const chunk = 500;

export const tokenById = (db: Db, id: string): Promise<TokenTable | undefined> =>
  db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();

export async function tokensByIds(db: Db, ids: string[]): Promise<TokenTable[]> {
  const found: TokenTable[] = [];
  for (let start = 0; start < ids.length; start += chunk)
    found.push(
      ...(await db
        .selectFrom("tokens")
        .selectAll()
        .where("id", "in", ids.slice(start, start + chunk))
        .execute()),
    );
  return found;
}

export const tokensOfOwners = (db: Db, ownerIds: string[]): Promise<TokenTable[]> =>
  ownerIds.length === 0
    ? Promise.resolve([])
    : db.selectFrom("tokens").selectAll().where("owner_id", "in", ownerIds).execute();

/** Everything about a token that a list's arrival decides on. */
export const listStateOfOwner = (db: Db, ownerId: string) =>
  db
    .selectFrom("tokens")
    .select(["id", "owner_id", "status", "status_at", "listed_at", "label"])
    .where("owner_id", "=", ownerId)
    .execute();

/*
 * Every write raises the versions of the owners concerned before it touches a record: lists are kept by them, and
 * on PostgreSQL the owner's row thus is what all writers lock first, so that none waits for another in a circle.
 */

/** Adds records; one that is there already stays as it is. */
export async function insertTokens(tx: Db, rows: TokenTable[]): Promise<void> {
  await raiseVersions(tx, new Set(rows.map(({ owner_id }) => owner_id)));
  for (let start = 0; start < rows.length; start += chunk)
    await tx
      .insertInto("tokens")
      .values(rows.slice(start, start + chunk))
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
  for (let start = 0; start < ids.length; start += chunk)
    await tx
      .updateTable("tokens")
      .set(change)
      .where("id", "in", ids.slice(start, start + chunk))
      .execute();
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
  for (let start = 0; start < ids.length; start += chunk) {
    const rows = await tx
      .selectFrom("tokens")
      .select(["id", "status"])
      .where("id", "in", ids.slice(start, start + chunk))
      .where("status", "in", ["active", "unclaimed", "retiring"])
      .execute();
    for (const { id, status } of rows) taken.set(id, status);
  }
  await updateTokens(tx, [...taken.keys()], { status: "revoking", status_at: at });
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
  for (let start = 0; start < ids.length; start += chunk) {
    const rows = await db
      .selectFrom("tokens")
      .select("owner_id")
      .distinct()
      .where("id", "in", ids.slice(start, start + chunk))
      .execute();
    for (const { owner_id } of rows) found.add(owner_id);
  }
  return found;
}

export async function raiseVersions(tx: Db, ownerIds: Set<string>): Promise<void> {
  // One at a time, and everybody in the same order.
  for (const id of [...ownerIds].sort())
    await tx
      .updateTable("owners")
      .set((e) => ({ tokens_version: e("tokens_version", "+", 1) }))
      .where("id", "=", id)
      .execute();
}
