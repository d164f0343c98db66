import "server-only";
import { isAhead, minutes } from "../../clock";
import { fingerprint } from "../../crypto";
import { hint } from "../../hint";
import { ownerById } from "../../store/owners";
import type { Db, TokenTable } from "../../store/schema";
import { insertTokens, listStateOfOwner, updateTokens } from "../../store/tokens";
import { record } from "../audit/record";
import { endMadeWith } from "../connections/end";
import { deskOrigin, type OwnerConnection } from "../context";
import type { Desk } from "../desk";
import { emptyToken } from "../tokens/empty";
import { type Resolved, recordMerged, resolveOwner } from "./resolve";

/** What bringing records in line came to. */
export type Applied = {
  /** Another one than before where the owner turned out to be known already. */
  ownerId: string;
  /** Whether records were changed. */
  isChanged: boolean;
  /** False where list and records still differ, because the list is too old to tell about some of them. */
  isSettled: boolean;
};

/** Brings an owner's records in line with a list of their tokens that began at `startedAt`. */
export async function applyList(
  desk: Desk,
  tx: Db,
  connection: OwnerConnection,
  values: string[],
  startedAt: number,
): Promise<Applied> {
  const { portal } = connection;
  const now = desk.clock.now();
  const listed = new Map(values.map((value) => [fingerprint(desk.keys, portal, value), value]));
  let ownerId = connection.ownerId;
  let learned: Resolved | undefined;
  let records = await listStateOfOwner(tx, ownerId);
  const known = new Set(records.map(({ id }) => id));
  const strangers = [...listed.keys()].filter((id) => !known.has(id));
  if (strangers.length > 0) {
    learned = await learnOwner(tx, connection, strangers, now);
    if (learned.owner.id !== ownerId || learned.merged > 0) {
      ownerId = learned.owner.id;
      records = await listStateOfOwner(tx, ownerId);
      for (const { id } of records) known.add(id);
    }
  }

  const fresh = strangers.filter((id) => !known.has(id));
  await insertTokens(
    tx,
    fresh.map((id) => unclaimed(id, ownerId, hint(listed.get(id) ?? ""), now)),
  );
  // A record that another owner had until now: the portal says whose it is.
  await updateTokens(tx, fresh, { owner_id: ownerId });

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
  const idsIn = (rows: { id: string }[]) => rows.map(({ id }) => id);
  await updateTokens(tx, idsIn(firstListed), { listed_at: startedAt });
  await updateTokens(tx, idsIn(gone), { status: "disappeared", status_at: now, sealed_value: null });
  await endMadeWith(desk, tx, idsIn(gone));
  const back = { revoked_at: null, revoked_by: null, revoke_reason: null, receipt: null, status_at: now };
  await updateTokens(tx, idsIn(returned.filter(isNamed)), { ...back, status: "active" });
  await updateTokens(tx, idsIn(returned.filter((row) => !isNamed(row))), { ...back, status: "unclaimed" });

  const isChanged =
    fresh.length + firstListed.length + gone.length + returned.length > 0 || learned !== undefined;
  if (fresh.length + gone.length + returned.length > 0) {
    const owner = { ownerId, portal, userName: connection.userName };
    await record(
      tx,
      { desk, from: deskOrigin() },
      {
        action: "owner.synced",
        result: "ok",
        actor: owner,
        target: owner,
        detail: { new: fresh.length, disappeared: gone.length, returned: returned.length },
      },
    );
  }
  if (learned) await recordMerged(tx, { desk, from: deskOrigin() }, learned);
  const left = records.filter(
    (row) => !returned.includes(row) && !gone.includes(row) && differs(row, listed.has(row.id)),
  );
  return { ownerId, isChanged, isSettled: left.length === 0 };
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
