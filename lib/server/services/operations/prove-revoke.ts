import "server-only";
import { fingerprintsOf } from "../../crypto";
import type { PortalCallOptions } from "../../portal/client";
import { isByHand, type Priority } from "../../portal/priority";
import { updateOpenItem } from "../../store/operations";
import { callAs } from "../connections/credential";
import { lendableConnections } from "../connections/lendable";
import type { SessionConnection } from "../context";
import type { Desk } from "../desk";
import { heldBackMs } from "../portals/refusal";
import { isSeen, type RevokeItem, turnOf } from "./revoke-item";

/*
 * What proves a revocation, once the portal said so: the token is gone from its owner's list, or it answers 401
 * while another credential does not. A portal in trouble proves nothing; the next try asks again.
 */

/** What a list showed; `heldMs` where it could not be asked for so long. */
export type Listed = { ids: Set<string>; heldMs?: number };

/**
 * Whose call a proof is. Of many, or of a value that nobody knew, it is a reading like any other: out of what their deletions
 * have, nothing would be proven until all of them are sent. What their person reads meanwhile has a part of its own.
 */
function proofTurnOf(
  open: RevokeItem,
  connection: SessionConnection,
): PortalCallOptions & { priority: Priority } {
  const turn = turnOf(open, connection);
  return !isByHand(turn.priority) ? { person: `${turn.person} proofs`, priority: "normal" } : turn;
}

/** One list of the owner, by the owner's own live credential, for all of an owner's revocations. */
export async function proveByList(desk: Desk, open: RevokeItem[]): Promise<Listed> {
  const [first] = open;
  if (!first || !isSeen(first.item)) return { ids: new Set() };
  const { owner_id: ownerId } = first.item;
  const { portal } = first;
  for (const connection of await lendableConnections(desk, ownerId)) {
    try {
      // Whatever was listed before the portal accepted the last of them proves nothing: this call begins now.
      desk.lists.invalidate(portal, ownerId);
      const { values } = await callAs(desk, connection, (credential) =>
        desk.lists.list(portal, ownerId, credential, { fresh: true, ...proofTurnOf(first, connection) }),
      );
      const ids = new Set((await fingerprintsOf(desk.keys, portal, values)).keys());
      for (const { item } of open) {
        if (item.token_id === null || ids.has(item.token_id)) continue;
        item.unlisted_at = desk.clock.now();
        await updateOpenItem(desk.db, item, { unlisted_at: item.unlisted_at });
      }
      return { ids };
    } catch (error) {
      const heldMs = heldBackMs(error);
      if (heldMs !== undefined) return { ids: new Set(), heldMs };
      // The next live credential may do better.
    }
  }
  return { ids: new Set() };
}

/** Whether another credential is not answered 401: asked once a round for each, however many tokens are proved by it. */
export type Control = (
  open: RevokeItem,
  connection: SessionConnection,
  turn: PortalCallOptions,
) => Promise<boolean>;

export function createControl(desk: Desk): Control {
  const asked = new Map<string, Promise<boolean>>();
  return (open, connection, turn) => {
    const known = asked.get(connection.id);
    if (known) return known;
    const answer = callAs(desk, connection, (credential) =>
      desk.portal.tryCredential(open.portal, credential, turn),
    ).then(({ result }) => result !== "dead");
    answer.catch(() => asked.delete(connection.id));
    asked.set(connection.id, answer);
    return answer;
  };
}

/**
 * Asks the token itself, and if it answers 401, another credential, to know that it is not everybody's 401.
 * @param spare asks only where calls are left that nobody else wants, and waits for none: what is proven already becomes a fuller
 * receipt by it, and no more.
 * @returns whether it is dead; undefined where nobody said so, with `heldMs` where nobody could be asked for so long.
 */
export async function proveByToken(
  desk: Desk,
  open: RevokeItem,
  [other]: SessionConnection[],
  control: Control,
  { spare = false } = {},
): Promise<{ dead?: boolean; heldMs?: number }> {
  const { item, portal, value } = open;
  if (!other || value === undefined) return {};
  const turn = {
    ...proofTurnOf(open, other),
    ...(spare ? ({ priority: "spare", atOnce: true } as const) : {}),
  };
  try {
    const own = await desk.portal.tryCredential(portal, value, turn);
    if (own.result !== "dead") return { dead: false };
    if (!(await control(open, other, turn))) return {};
    item.dead_at = desk.clock.now();
    await updateOpenItem(desk.db, item, { dead_at: item.dead_at });
    return { dead: true };
  } catch (error) {
    // No answer is no proof.
    return { heldMs: heldBackMs(error) };
  }
}
