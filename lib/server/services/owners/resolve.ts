import "server-only";
import { newId } from "../../crypto";
import type { PortalUser } from "../../portal/client";
import {
  insertOwner,
  lockOwners,
  mergeOwner,
  ownerByUser,
  ownersOfTokens,
  updateOwner,
} from "../../store/owners";
import type { Db, OwnerTable } from "../../store/schema";
import { record } from "../audit/record";
import type { DeskContext } from "../context";

const isKnown = (owner: OwnerTable) => owner.user_id !== null || owner.user_name !== null;

type User = Pick<PortalUser, "userId" | "userName" | "fullName">;

/** An owner, and how many unknown ones turned out to be the same person. */
export type Resolved = { owner: OwnerTable; merged: number };

/**
 * The owner behind a portal user, made where there is none. Where the portal does not tell who the user is
 * (`user` null), the owner is found by any token that they are known to have; unknown ones are merged into the
 * real one once it is learned.
 * @param tokenIds fingerprints of tokens that surely belong to this user.
 * @param current the owner that the caller holds so far; an unknown one gives way to a real one that is found.
 */
export async function resolveOwner(
  tx: Db,
  portal: string,
  user: User | null,
  tokenIds: string[],
  now: number,
  current?: OwnerTable,
): Promise<Resolved> {
  const first = await look(tx, portal, user, tokenIds, current);
  if (first.owner && first.others.length === 0 && !first.change) return { owner: first.owner, merged: 0 };

  // Looked up again: two first sign-ins of one person must not make two owners of them.
  await lockOwners(tx);
  const found = await look(tx, portal, user, tokenIds, current);
  const owner = found.owner ?? (await makeOwner(tx, portal, now));
  const change = found.owner ? found.change : user && namesOf(user, owner);
  if (change) {
    await updateOwner(tx, owner.id, change);
    Object.assign(owner, change);
  }
  for (const other of found.others) await mergeOwner(tx, other.id, owner.id);
  return { owner, merged: found.others.length };
}

/** Who it is as far as the store knows, which unknown owners are the same, and what is news about them. */
async function look(tx: Db, portal: string, user: User | null, tokenIds: string[], current?: OwnerTable) {
  const holders = (await ownersOfTokens(tx, tokenIds)).filter((owner) => owner.portal === portal);
  const unknown = [...holders, ...(current ? [current] : [])].filter((owner) => !isKnown(owner));
  const owner = user ? await ownerByUser(tx, portal, user) : (holders.find(isKnown) ?? current ?? unknown[0]);
  const others = new Map(unknown.map((other) => [other.id, other]));
  if (owner) others.delete(owner.id);
  const change = owner && user ? namesOf(user, owner) : undefined;
  const isNews = change && Object.entries(change).some(([name, value]) => owner?.[name as "id"] !== value);
  return { owner, others: [...others.values()], change: isNews ? change : undefined };
}

const namesOf = (user: User, owner: OwnerTable) => ({
  user_id: user.userId ?? owner.user_id,
  user_name: user.userName,
  full_name: user.fullName ?? owner.full_name,
});

/** Notes in the trail that unknown owners' records became a person's. The last thing in its transaction. */
export async function recordMerged(tx: Db, ctx: DeskContext, { owner, merged }: Resolved): Promise<void> {
  if (merged === 0) return;
  const person = { ownerId: owner.id, portal: owner.portal, userName: ownerName(owner) };
  await record(tx, ctx, {
    action: "owner.merged",
    result: "ok",
    actor: person,
    target: person,
    detail: { owners: merged },
  });
}

async function makeOwner(tx: Db, portal: string, now: number): Promise<OwnerTable> {
  const owner: OwnerTable = {
    id: newId("own"),
    portal,
    user_id: null,
    user_name: null,
    full_name: null,
    merged_into: null,
    tokens_version: 0,
    created_at: now,
  };
  await insertOwner(tx, owner);
  return owner;
}

/** What people are shown as an owner's name. */
export const ownerName = (owner: Pick<OwnerTable, "user_name">): string => owner.user_name ?? "unknown user";
