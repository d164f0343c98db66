import "server-only";
import { createHmac } from "node:crypto";
import { sha256 } from "../../crypto";
import type { ListOptions } from "../../portal/list-cache";
import { mapInSlices } from "../../slices";
import { ownerById } from "../../store/owners";
import { lendCredential } from "../connections/credential";
import { noteJudged } from "../connections/judged";
import { type OwnerConnection, shareOf } from "../context";
import type { Desk } from "../desk";
import { settleOwnersMints } from "../operations/settle-mint";
import { applyList } from "./apply-list";

/**
 * An owner's tokens as the portal listed them. Values are for the caller's own use at once, never to be kept. Where it was
 * `shared`, another credential may have been asked: it says nothing of the caller's.
 */
export type OwnerList = { ownerId: string; values: string[]; startedAt: number; shared: boolean };

/**
 * Asks the portal for an owner's tokens (or shares a call of the last 5 s) and brings the records in line with
 * the answer: unknown tokens become `unclaimed`, those gone `disappeared`. A list says nothing about what changed
 * after it began.
 * @throws PortalError, DeskError `connection_ended`
 */
export async function syncOwner(
  desk: Desk,
  connection: OwnerConnection,
  options: ListOptions = {},
): Promise<OwnerList> {
  const { portal, ownerId } = connection;
  const { values, fetchedAt, shared } = await lendCredential(desk, connection, (credential) =>
    desk.lists.list(portal, ownerId, credential, { person: shareOf(connection), ...options }),
  );
  if (!shared) noteJudged(desk, connection);
  const current = await desk.leases.run(`sync:${ownerId}`, () =>
    bringInLine(desk, connection, values, fetchedAt),
  );
  // What one list says about mints of unknown outcome it says once.
  if (current.isNews)
    await settleOwnersMints(desk, current.ownerId, { portal, values, startedAt: fetchedAt });
  return { ownerId: current.ownerId, values, startedAt: fetchedAt, shared };
}

async function bringInLine(
  desk: Desk,
  connection: OwnerConnection,
  values: string[],
  startedAt: number,
): Promise<{ ownerId: string; isNews: boolean }> {
  const last = desk.synced.get(connection.ownerId);
  // Compared for equality: a clock that was set back must not make every new list look like an old one.
  if (last?.startedAt === startedAt) return { ownerId: connection.ownerId, isNews: false };
  const digest = await digestOf(desk, values);
  const before = await ownerById(desk.db, connection.ownerId);
  if (before && last?.settled?.digest === digest && last.settled.version === before.tokens_version) {
    desk.synced.set(before.id, { ...last, startedAt });
    return { ownerId: before.id, isNews: true };
  }
  const { ownerId, isChanged, isSettled } = await applyList(desk, connection, values, startedAt);
  // By the version of before the records were looked at: whatever somebody else has changed since has raised it.
  const settled = before && isSettled && !isChanged ? { digest, version: before.tokens_version } : undefined;
  desk.synced.set(ownerId, { startedAt, settled });
  return { ownerId, isNews: true };
}

/** One digest for the same values in any order. Keyed, as everything that is derived from a value. */
async function digestOf({ keys }: Desk, values: string[]): Promise<string> {
  // Sorted as digests: long values that begin alike take long to compare.
  const each = (await mapInSlices(values, sha256)).sort();
  return createHmac("sha256", keys.fingerprint).update(each.join()).digest("base64");
}
