import "server-only";
import { fingerprint } from "../../crypto";
import { updateItem } from "../../store/operations";
import { ownerById } from "../../store/owners";
import { liveConnectionsOfOwner } from "../../store/sessions";
import { toSessionConnection } from "../connections/add";
import { callAs } from "../connections/credential";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import { sessionTime } from "../sessions/end-overdue";
import type { RevokeItem } from "./revoke-item";

/*
 * What proves a revocation, once the portal said so: the token is gone from its owner's list, or it answers 401
 * while another credential does not. A portal in trouble proves nothing; the next try asks again.
 */

/**
 * One list of the owner, by the owner's own live credential, for all of an owner's revocations.
 * @returns the ids of those that it still shows.
 */
export async function proveByList(desk: Desk, open: RevokeItem[]): Promise<Set<string>> {
  const [first] = open;
  if (!first || first.item.owner_id === "") return new Set();
  const { owner_id: ownerId } = first.item;
  const { portal } = first;
  const owner = await ownerById(desk.db, ownerId);
  for (const row of await liveConnectionsOfOwner(desk.db, ownerId, sessionTime(desk))) {
    try {
      // Whatever was listed before the portal accepted the last of them proves nothing: this call begins now.
      desk.lists.invalidate(portal, ownerId);
      const { values } = await callAs(desk, toSessionConnection(row, owner), (credential) =>
        desk.lists.list(portal, ownerId, credential, { fresh: true, priority: "revoke" }),
      );
      const listed = new Set(values.map((value) => fingerprint(desk.keys, portal, value)));
      for (const { item } of open) {
        if (item.token_id === null || listed.has(item.token_id)) continue;
        item.unlisted_at = desk.clock.now();
        await updateItem(desk.db, item, { unlisted_at: item.unlisted_at });
      }
      return listed;
    } catch {
      // The next live credential may do better.
    }
  }
  return new Set();
}

/** Asks the token itself, and if it answers 401, another credential, to know that it is not everybody's 401. */
export async function proveByToken(
  desk: Desk,
  { item, portal, value }: RevokeItem,
  others: SessionConnection[],
): Promise<void> {
  const [other] = others;
  if (!other || value === undefined) return;
  try {
    const own = await desk.portal.tryCredential(portal, value, { priority: "revoke" });
    if (own.result !== "dead") return;
    const control = await callAs(desk, other, (credential) =>
      desk.portal.tryCredential(portal, credential, { priority: "revoke" }),
    );
    if (control.result === "dead") return;
    item.dead_at = desk.clock.now();
    await updateItem(desk.db, item, { dead_at: item.dead_at });
  } catch {
    // No answer is no proof.
  }
}
