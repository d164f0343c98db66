import "server-only";
import { tokenHint } from "@/lib/shared/token-hint";
import { minutes, seconds } from "../../clock";
import { fingerprintsOf } from "../../crypto";
import { nextTurn, partsOf } from "../../slices";
import { itemAt, openMintItems, operationById, updateItem } from "../../store/operations";
import type { Db, OperationItemTable, OperationTable } from "../../store/schema";
import { saveToken, tokensByIds } from "../../store/tokens";
import { record } from "../audit/record";
import type { Desk } from "../desk";
import { mintedRow } from "../tokens/minted-row";
import { mintLease } from "./run-mint";
import { actorOf, contextOf, refreshOperation } from "./state";

/** When a mint of unknown outcome is looked for, after it was sent: design.md, "Operations". */
const looks = [seconds(5), seconds(30), minutes(2)];

/** A list of an owner, as it is used to settle mints. */
export type Listing = { portal: string; values: string[]; startedAt: number };

/**
 * Settles the mints of an owner whose outcome is unknown by a list that the portal just gave. Tokens absent from
 * the mint's baseline and claimed by nobody are its candidates: none by the last look is `failed`, one is
 * `recovered` under the name it was to have, more stay `unclaimed` for a person to decide; so does one that a later
 * mint of unknown outcome may have made as well. Unknown tokens are never deleted.
 */
export async function settleOwnersMints(desk: Desk, ownerId: string, listing: Listing): Promise<void> {
  const open = await openMintItems(desk.db, ownerId);
  // While one is being sent its token may be listed before it is recorded; the next list will do.
  if (open.length === 0 || desk.leases.isBusy(mintLease(ownerId))) return;
  const listed = await fingerprintsOf(desk.keys, listing.portal, listing.values);
  await desk.leases.run(mintLease(ownerId), async () => {
    const begun = new Map<string, Begun>();
    for (const { operation_id: id } of open) {
      if (begun.has(id)) continue;
      const operation = await operationById(desk.db, id);
      if (operation) begun.set(id, begunWith(operation, listed));
      await nextTurn();
    }
    for (const [index, item] of open.entries())
      await desk.db.transaction().execute(async (tx) => {
        const mint = begun.get(item.operation_id);
        const current = await itemAt(tx, item);
        const later = new Set(open.slice(index + 1).map(({ operation_id }) => operation_id));
        const rivals = [...later].flatMap((id) => begun.get(id)?.others ?? []);
        // A list that began before the POST was given up says nothing about it.
        if (mint && current?.state === "checking" && listing.startedAt > (current.last_try_at ?? 0))
          await settle(desk, tx, mint, current, listed, rivals);
      });
  });
}

/** A mint's operation, and what is listed now and was not when it began: what it began from is long, and is read once. */
type Begun = { operation: OperationTable; others: Set<string> };

function begunWith({ baseline, ...operation }: OperationTable, listed: Map<string, string>): Begun {
  const known = new Set(JSON.parse(baseline ?? "[]"));
  const others = new Set([...listed.keys()].filter((id) => !known.has(id)));
  return { operation: { ...operation, baseline: null }, others };
}

async function settle(
  desk: Desk,
  tx: Db,
  { operation, others }: Begun,
  item: OperationItemTable,
  listed: Map<string, string>,
  rivals: Set<string>[],
): Promise<void> {
  const now = desk.clock.now();
  const candidates = await unclaimedOf(tx, [...others]);
  const [only] = candidates;
  if (candidates.length === 0) {
    const look = looks.findIndex((after) => now < (item.last_try_at ?? 0) + after);
    if (look >= 0) {
      await updateItem(tx, item, { next_try_at: (item.last_try_at ?? 0) + (looks[look] ?? 0) });
      return;
    }
    await end(desk, tx, operation, item, { state: "failed", error: "not_minted" });
    return;
  }
  // What a later mint of unknown outcome may have made is no proof for this one: it would get the wrong name.
  const isContested = rivals.some((theirs) => candidates.some((id) => theirs.has(id)));
  if (candidates.length > 1 || isContested || !only) {
    await end(desk, tx, operation, item, { state: "failed", error: "ambiguous" });
    return;
  }
  const value = listed.get(only) ?? "";
  const row = mintedRow(desk, operation, item, { id: only, hint: tokenHint(value), value });
  await saveToken(tx, { ...row, recovered: 1, listed_at: now });
  await end(desk, tx, operation, item, { state: "recovered", token_id: only });
}

async function unclaimedOf(tx: Db, others: string[]): Promise<string[]> {
  const candidates: string[] = [];
  for (const part of partsOf(others, 100)) {
    const claimed = (await tokensByIds(tx, part)).filter(({ status }) => status !== "unclaimed");
    const taken = new Set(claimed.map(({ id }) => id));
    candidates.push(...part.filter((id) => !taken.has(id)));
    // Of more than one nobody can tell which it is.
    if (candidates.length > 1) break;
  }
  return candidates;
}

async function end(
  desk: Desk,
  tx: Db,
  operation: OperationTable,
  item: OperationItemTable,
  outcome: Pick<OperationItemTable, "state"> & Partial<OperationItemTable>,
): Promise<void> {
  await updateItem(tx, item, { ...outcome, next_try_at: null });
  await refreshOperation(tx, operation.id, desk.clock.now());
  await record(tx, contextOf(desk, operation), {
    action: outcome.state === "recovered" ? "token.recover" : "token.mint",
    result: outcome.state === "recovered" ? "ok" : "failed",
    actor: actorOf(operation),
    target: {
      ownerId: item.owner_id,
      tokenId: outcome.token_id ?? undefined,
      label: item.label ?? undefined,
    },
    operationId: operation.id,
    detail: outcome.error ? { code: outcome.error } : undefined,
  });
}
