import "server-only";
import { groupBy } from "@/lib/shared/group-by";
import { isAhead, minutes } from "../../clock";
import { fingerprintsOf } from "../../crypto";
import { hint } from "../../hint";
import { nextTurn, partsOf } from "../../slices";
import { ownerById } from "../../store/owners";
import type { Db, TokenTable } from "../../store/schema";
import { tokensOfConnections } from "../../store/sessions";
import { deleteTokens, insertTokens, listStateOfOwner, updateTokens } from "../../store/tokens";
import { record } from "../audit/record";
import { endMadeWith } from "../connections/end";
import { deskOrigin, type OwnerConnection } from "../context";
import type { Desk } from "../desk";
import { emptyToken } from "../tokens/empty";
import { recordMerged, resolveOwner } from "./resolve";

/** What bringing records in line came to. */
export type Applied = {
  /** Another one than before where the owner turned out to be known already. */
  ownerId: string;
  /** Whether records were changed. */
  isChanged: boolean;
  /** False where list and records still differ, because the list is too old to tell about some of them. */
  isSettled: boolean;
};

/** So many new records are written by one transaction: others have their turn at the store between two of them. */
const newAtOnce = 250;
/** So many records that only the portal has made the desk keep, and that it lists no more, are kept of an owner. */
const mostVanished = 5_000;
/** A mint may take so long to show in a list. */
const slowToShowMs = minutes(2);

/**
 * Brings an owner's records in line with a list of their tokens that began at `startedAt`. What is new is written first,
 * a part at a time; each part is whole, with its entry in the trail, and what is left after a failure the next list brings.
 */
export async function applyList(
  desk: Desk,
  connection: OwnerConnection,
  values: string[],
  startedAt: number,
): Promise<Applied> {
  const listed = await fingerprintsOf(desk.keys, connection.portal, values);
  await nextTurn();
  const learning = await desk.db
    .transaction()
    .execute((tx) => learn(desk, tx, connection, [...listed.keys()]));
  const parts = partsOf(learning.fresh, newAtOnce);
  const last = parts.pop() ?? [];
  const about = { desk, connection, listed, startedAt };
  for (const part of parts)
    await desk.db.transaction().execute(async (tx) => {
      const ownerId = await insertFresh(about, tx, learning.ownerId, part);
      await recordSynced(about, tx, ownerId, { new: part.length, disappeared: 0, returned: 0 });
    });
  return desk.db.transaction().execute(async (tx) => {
    const ownerId = await insertFresh(about, tx, learning.ownerId, last);
    const applied = await applyChanges(about, tx, ownerId, last);
    const isChanged = applied.isChanged || learning.isNews || parts.length > 0;
    return { ...applied, isChanged };
  });
}

type About = { desk: Desk; connection: OwnerConnection; listed: Map<string, string>; startedAt: number };

/** Whose tokens these are, and which of them have no record with that owner. */
async function learn(desk: Desk, tx: Db, connection: OwnerConnection, ids: string[]) {
  const now = desk.clock.now();
  const strangersOf = async (ownerId: string) => {
    const known = new Set((await listStateOfOwner(tx, ownerId)).map(({ id }) => id));
    return ids.filter((id) => !known.has(id));
  };
  const { ownerId } = connection;
  const strangers = await strangersOf(ownerId);
  await nextTurn();
  if (strangers.length === 0) return { ownerId, fresh: [], isNews: false };
  const learned = await learnOwner(tx, connection, strangers, now);
  const isOther = learned.owner.id !== ownerId || learned.merged > 0;
  const fresh = isOther ? await strangersOf(learned.owner.id) : strangers;
  await recordMerged(tx, { desk, from: deskOrigin() }, learned);
  return { ownerId: learned.owner.id, fresh, isNews: true };
}

/** Adds records of these tokens, or gives them to the owner whom the portal says they are of. @returns that owner. */
async function insertFresh({ desk, listed }: About, tx: Db, of: string, ids: string[]): Promise<string> {
  const now = desk.clock.now();
  // Meanwhile they may have turned out to be somebody who is known.
  const ownerId = (await ownerById(tx, of))?.id ?? of;
  await insertTokens(
    tx,
    ids.map((id) => unclaimed(id, ownerId, hint(listed.get(id) ?? ""), now)),
  );
  await updateTokens(tx, ids, { owner_id: ownerId });
  return ownerId;
}

async function applyChanges(about: About, tx: Db, ownerId: string, fresh: string[]): Promise<Applied> {
  const { desk, listed, startedAt } = about;
  const now = desk.clock.now();
  const records = await listStateOfOwner(tx, ownerId);
  // What was noted in a time still to come was noted by a clock that has been set back since.
  const isOlder = ({ status_at }: { status_at: number }) => status_at < startedAt || isAhead(status_at, now);
  const firstListed = records.filter(({ id, listed_at }) => listed_at === null && listed.has(id));
  const returned = records.filter(
    (row) =>
      listed.has(row.id) &&
      isOlder(row) &&
      (row.status === "disappeared" || isBackFromRevoked(row, startedAt)),
  );
  // A mint may take a while to show: only what a list has shown before can have disappeared.
  const gone = records.filter(
    (row) =>
      !listed.has(row.id) &&
      isOlder(row) &&
      row.listed_at !== null &&
      (row.status === "active" || row.status === "unclaimed"),
  );
  await nextTurn();
  const forgotten = vanishedLongest(records, gone, listed);
  await nextTurn();
  await updateTokens(tx, idsIn(firstListed), { listed_at: startedAt });
  await updateTokens(tx, idsIn(gone), { status: "disappeared", status_at: now, sealed_value: null });
  await endMadeWith(desk, tx, [...idsIn(gone), ...(await unlistedProofs(about, tx, ownerId))]);
  const back = { revoked_at: null, revoked_by: null, revoke_reason: null, receipt: null, status_at: now };
  await updateTokens(tx, idsIn(returned.filter(isNamed)), { ...back, status: "active" });
  await updateTokens(tx, idsIn(returned.filter((row) => !isNamed(row))), { ...back, status: "unclaimed" });
  await deleteTokens(tx, idsIn(forgotten));
  const counts = { new: fresh.length, disappeared: gone.length, returned: returned.length };
  if (fresh.length + gone.length + returned.length > 0)
    await recordSynced(
      about,
      tx,
      ownerId,
      forgotten.length > 0 ? { ...counts, forgotten: forgotten.length } : counts,
    );
  const settled = new Set([...returned, ...gone, ...forgotten]);
  const left = records.filter((row) => !settled.has(row) && differs(row, listed.has(row.id)));
  const isChanged = fresh.length + firstListed.length + gone.length + returned.length > 0;
  return { ownerId, isChanged, isSettled: left.length === 0 };
}

/** What the owner's connections were made with that this list does not show, though it began long after: it need have no record. */
async function unlistedProofs({ listed, startedAt }: About, tx: Db, ownerId: string): Promise<string[]> {
  const rested = groupBy(await tokensOfConnections(tx, ownerId, startedAt - slowToShowMs), ({ id }) => id);
  // One token has an id at each name of its portal: a list of one shows one of them.
  return [...rested.values()].flatMap((tokens) =>
    tokens.some(({ token_id }) => listed.has(token_id)) ? [] : tokens.map(({ token_id }) => token_id),
  );
}

type ListState = Awaited<ReturnType<typeof listStateOfOwner>>[number];

const idsIn = (rows: { id: string }[]) => rows.map(({ id }) => id);

/**
 * The records that are forgotten, since a portal could have the desk keep more of them without end: of what nobody named or
 * minted here and the portal lists no more, those that vanished longest ago. Their count stays in the trail.
 */
function vanishedLongest(records: ListState[], gone: ListState[], listed: Map<string, string>): ListState[] {
  const isGone = new Set(gone);
  const vanished = records.filter(
    (row) =>
      !listed.has(row.id) &&
      (row.status === "disappeared" || isGone.has(row)) &&
      !isNamed(row) &&
      row.created_at === null,
  );
  if (vanished.length <= mostVanished) return [];
  // What is gone only now was there longest.
  const since = (row: ListState) => (isGone.has(row) ? Number.POSITIVE_INFINITY : row.status_at);
  return vanished
    .toSorted((one, other) => since(one) - since(other))
    .slice(0, vanished.length - mostVanished);
}

async function recordSynced(
  { desk, connection: { portal, userName } }: About,
  tx: Db,
  ownerId: string,
  detail: Record<string, number>,
): Promise<void> {
  const owner = { ownerId, portal, userName };
  const ctx = { desk, from: deskOrigin() };
  await record(tx, ctx, { action: "owner.synced", result: "ok", actor: owner, target: owner, detail });
}

/** Whether a record says otherwise than a list that shows the token, or does not. */
const differs = ({ status }: { status: string }, isListed: boolean) =>
  isListed ? status === "disappeared" || status === "revoked" : status === "active" || status === "unclaimed";

const isNamed = ({ label }: { label: string | null }) => label !== null;

/** A revoked token in a list is news only once the portal had time to forget it. */
const isBackFromRevoked = ({ status, status_at }: { status: string; status_at: number }, startedAt: number) =>
  status === "revoked" && startedAt - status_at > minutes(2);

async function learnOwner(tx: Db, connection: OwnerConnection, tokenIds: string[], now: number) {
  const owner = await ownerById(tx, connection.ownerId);
  const user = owner?.user_name
    ? {
        userId: owner.user_id ?? undefined,
        userName: owner.user_name,
        fullName: owner.full_name ?? undefined,
      }
    : null;
  return resolveOwner(tx, connection.portal, user, tokenIds, now, owner);
}

function unclaimed(id: string, ownerId: string, hintText: string, now: number): TokenTable {
  return {
    ...emptyToken,
    id,
    owner_id: ownerId,
    hint: hintText,
    status: "unclaimed",
    first_seen_at: now,
    listed_at: now,
    status_at: now,
  };
}
