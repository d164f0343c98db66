import "server-only";
import { groupBy } from "@/lib/shared/group-by";
import { tokenHint } from "@/lib/shared/token-hint";
import { isAhead, minutes } from "../../clock";
import { fingerprintsOf } from "../../crypto";
import { nextTurn, partsOf } from "../../slices";
import { ownerById } from "../../store/owners";
import type { Db, TokenTable } from "../../store/schema";
import { tokensOfConnections } from "../../store/sessions";
import {
  currentListState,
  deleteTokens,
  insertTokens,
  type ListState,
  listStateOf,
  raiseVersions,
  updateTokens,
} from "../../store/tokens";
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

/** So many records are written by one transaction: others have their turn at the store between two of them. */
const mostAtOnce = 250;
/** So many records that only the portal has made the desk keep, and that it lists no more, are kept of an owner. */
const mostVanished = 5_000;
/** A mint may take so long to show in a list. */
const slowToShowMs = minutes(2);

/**
 * Brings an owner's records in line with a list of their tokens that began at `startedAt`, a part of them at a time: what is
 * new, what has changed, then what is forgotten. Each part is whole, with its entry in the trail, and what is left after a
 * failure the next list brings.
 */
export async function applyList(
  desk: Desk,
  connection: OwnerConnection,
  values: string[],
  startedAt: number,
): Promise<Applied> {
  const listed = await fingerprintsOf(desk.keys, connection.portal, values);
  await nextTurn();
  const about = { desk, connection, listed, startedAt };
  const learned = await learn(about);
  const { steps, isSettled } = await stepsOf(about, learned.ownerId, learned.fresh);
  let { ownerId } = learned;
  for (const part of partsOf(steps, mostAtOnce))
    ownerId = await desk.db.transaction().execute((tx) => writePart(about, tx, ownerId, part));
  await desk.db
    .transaction()
    .execute(async (tx) => endMadeWith(desk, tx, await unlistedProofs(about, tx, ownerId)));
  return { ownerId, isChanged: learned.isNews || steps.length > 0, isSettled };
}

type About = { desk: Desk; connection: OwnerConnection; listed: Map<string, string>; startedAt: number };

/** What is to be done with the record of a token. */
type Step = { id: string; as: "new" | "changed" | "forgotten" };

/** Whose tokens these are, and which of them have no record with that owner. */
async function learn({ desk, connection, listed }: About) {
  const { ownerId } = connection;
  const ids = [...listed.keys()];
  const strangersOf = async (db: Db, owner: string) => {
    const known = new Set(idsIn(await listStateOf(db, owner, ids)));
    return ids.filter((id) => !known.has(id));
  };
  const strangers = await strangersOf(desk.db, ownerId);
  await nextTurn();
  if (strangers.length === 0) return { ownerId, fresh: [], isNews: false };
  return desk.db.transaction().execute(async (tx) => {
    const learned = await learnOwner(tx, connection, strangers, desk.clock.now());
    const isOther = learned.owner.id !== ownerId || learned.merged > 0;
    const fresh = isOther ? await strangersOf(tx, learned.owner.id) : strangers;
    await recordMerged(tx, { desk, from: deskOrigin() }, learned);
    return { ownerId: learned.owner.id, fresh, isNews: true };
  });
}

/** What is to be done with an owner's records, and whether they and the list say the same once it is. */
async function stepsOf(about: About, ownerId: string, fresh: string[]) {
  const { desk, listed } = about;
  const current = await currentListState(desk.db, ownerId);
  // What is revoked is more each year, and no news to a list that does not show it.
  const known = new Set(idsIn(current));
  const others = [...listed.keys()].filter((id) => !known.has(id));
  const records = [...current, ...(await listStateOf(desk.db, ownerId, others))];
  await nextTurn();
  const { firstListed, returned, gone } = changesOf(about, records);
  await nextTurn();
  const forgotten = vanishedLongest(records, gone, listed);
  await nextTurn();
  const settled = new Set([...returned, ...gone, ...forgotten]);
  const left = records.filter((row) => !settled.has(row) && differs(row, listed.has(row.id)));
  const changed = new Set([...firstListed, ...returned, ...gone]);
  const as = (what: Step["as"], ids: string[]): Step[] => ids.map((id) => ({ id, as: what }));
  const steps = [
    ...as("new", fresh),
    ...as("changed", idsIn([...changed])),
    ...as("forgotten", idsIn(forgotten)),
  ];
  return { steps, isSettled: left.length === 0 };
}

/** Of these records, what the list shows for the first time, what it shows again, and what it shows no more. */
function changesOf({ desk, listed, startedAt }: About, records: ListState[]) {
  const now = desk.clock.now();
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
  return { firstListed, returned, gone };
}

/** Writes a part of what a list brings, by what the records are now. @returns whose they have turned out to be meanwhile. */
async function writePart(about: About, tx: Db, of: string, part: Step[]): Promise<string> {
  const { desk, listed, startedAt } = about;
  const now = desk.clock.now();
  const ownerId = (await ownerById(tx, of))?.id ?? of;
  await raiseVersions(tx, new Set([ownerId]));
  const idsOf = (...what: Step["as"][]) => idsIn(part.filter((step) => what.includes(step.as)));
  const fresh = idsOf("new");
  await insertTokens(
    tx,
    fresh.map((id) => unclaimed(id, ownerId, tokenHint(listed.get(id) ?? ""), now)),
  );
  // What another owner has a record of is this one's: the portal says so.
  await updateTokens(tx, fresh, { owner_id: ownerId });
  const records = await listStateOf(tx, ownerId, idsOf("new", "changed"));
  const { firstListed, returned, gone } = changesOf(about, records);
  await updateTokens(tx, idsIn(firstListed), { listed_at: startedAt });
  await updateTokens(tx, idsIn(gone), { status: "disappeared", status_at: now, sealed_value: null });
  await endMadeWith(desk, tx, idsIn(gone));
  const back = { revoked_at: null, revoked_by: null, revoke_reason: null, receipt: null, status_at: now };
  await updateTokens(tx, idsIn(returned.filter(isNamed)), { ...back, status: "active" });
  await updateTokens(tx, idsIn(returned.filter((row) => !isNamed(row))), { ...back, status: "unclaimed" });
  const vanished = await listStateOf(tx, ownerId, idsOf("forgotten"));
  const forgotten = vanished.filter((row) => row.status === "disappeared" && isOfThePortal(row));
  await deleteTokens(tx, idsIn(forgotten));
  const counts = { new: fresh.length, disappeared: gone.length, returned: returned.length };
  const detail = forgotten.length > 0 ? { ...counts, forgotten: forgotten.length } : counts;
  if (Object.values(detail).some((count) => count > 0)) await recordSynced(about, tx, ownerId, detail);
  return ownerId;
}

/** What the owner's connections were made with that this list does not show, though it began long after: it need have no record. */
async function unlistedProofs({ listed, startedAt }: About, tx: Db, ownerId: string): Promise<string[]> {
  const rested = groupBy(await tokensOfConnections(tx, ownerId, startedAt - slowToShowMs), ({ id }) => id);
  // One token has an id at each name of its portal: a list of one shows one of them.
  return [...rested.values()].flatMap((tokens) =>
    tokens.some(({ token_id }) => listed.has(token_id)) ? [] : tokens.map(({ token_id }) => token_id),
  );
}

const idsIn = (rows: { id: string }[]) => rows.map(({ id }) => id);

/**
 * The records that are forgotten, since a portal could have the desk keep more of them without end: of what nobody named or
 * minted here and the portal lists no more, those that vanished longest ago. Their count stays in the trail.
 */
function vanishedLongest(records: ListState[], gone: ListState[], listed: Map<string, string>): ListState[] {
  const isGone = new Set(gone);
  const vanished = records.filter(
    (row) => !listed.has(row.id) && (row.status === "disappeared" || isGone.has(row)) && isOfThePortal(row),
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

/** Whether nobody named or minted it here. */
const isOfThePortal = (row: ListState) => !isNamed(row) && row.created_at === null;

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
