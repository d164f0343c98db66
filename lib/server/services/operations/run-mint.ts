import "server-only";
import { tokenHint } from "@/lib/shared/token-hint";
import { minutes, seconds } from "../../clock";
import { fingerprint, fingerprintsOf } from "../../crypto";
import { DeskError } from "../../errors";
import { PortalError } from "../../portal/error";
import { noteSecret } from "../../scrub";
import { itemsOf, operationById, updateItem, updateOperation } from "../../store/operations";
import { ownerById } from "../../store/owners";
import type { OperationItemTable, OperationTable } from "../../store/schema";
import { connectionById } from "../../store/sessions";
import { saveToken } from "../../store/tokens";
import { record } from "../audit/record";
import { callAs } from "../connections/credential";
import { toSessionConnection } from "../connections/from-row";
import { type SessionConnection, shareOf } from "../context";
import type { Desk } from "../desk";
import { asDeskError } from "../portals/refusal";
import { mintedRow } from "../tokens/minted-row";
import { actorOf, contextOf, refreshOperation } from "./state";

/**
 * Runs a mint that is recorded as pending: one list as baseline, then one POST an item, each recorded before it
 * is sent and when it is known. POST is never repeated. The lease on the portal user covers list, POST and commit,
 * so that two mints cannot take each other's tokens for their own. An unknown outcome leaves its item `checking`;
 * what was not sent `failed`.
 */
export async function runMint(desk: Desk, operationId: string): Promise<void> {
  const operation = await operationById(desk.db, operationId);
  const [first] = await itemsOf(desk.db, operationId);
  if (!operation || !first) return;
  await desk.leases.run(mintLease(first.owner_id), async () => {
    // What was closed as not sent while this waited is not sent any more.
    const items = (await itemsOf(desk.db, operationId)).filter(({ state }) => state === "pending");
    if (items.length === 0) return;
    const connection = await connectionOf(desk, first);
    try {
      if (!connection) throw new DeskError("connection_ended");
      await takeBaseline(desk, operation, connection);
    } catch (error) {
      await failUnsent(desk, operation, items, error);
      return;
    }
    for (const [index, item] of items.entries()) {
      // Each with what the session has then: it may have been ended meanwhile.
      const error = await mintItem(desk, operation, await connectionOf(desk, first), item);
      if (!error) continue;
      await failUnsent(desk, operation, items.slice(index + 1), error);
      break;
    }
    desk.lists.invalidate(connection.portal, connection.ownerId);
  });
}

/** The lease under which a portal user's mints are sent, and those of unknown outcome settled. */
export const mintLease = (ownerId: string): string => `mint:${ownerId}`;

async function connectionOf(desk: Desk, item: OperationItemTable): Promise<SessionConnection | undefined> {
  const row = item.connection_id ? await connectionById(desk.db, item.connection_id) : undefined;
  return row && toSessionConnection(row, await ownerById(desk.db, row.owner_id));
}

async function takeBaseline(
  desk: Desk,
  operation: OperationTable,
  connection: SessionConnection,
): Promise<void> {
  const { portal, ownerId } = connection;
  const { values } = await callAs(desk, connection, (credential) =>
    desk.lists.list(portal, ownerId, credential, { fresh: true, person: shareOf(connection) }),
  );
  const baseline = [...(await fingerprintsOf(desk.keys, portal, values)).keys()];
  await updateOperation(desk.db, operation.id, {
    state: "sending",
    baseline: JSON.stringify(baseline),
    updated_at: desk.clock.now(),
  });
}

/** Sends one POST. Returns what went wrong, if anything; the item is recorded either way. */
async function mintItem(
  desk: Desk,
  operation: OperationTable,
  connection: SessionConnection | undefined,
  item: OperationItemTable,
): Promise<unknown> {
  if (connection?.state !== "live") {
    const error = new DeskError("connection_ended");
    await failUnsent(desk, operation, [item], error);
    return error;
  }
  const now = desk.clock.now();
  await updateItem(desk.db, item, {
    state: "sending",
    attempts: 1,
    last_try_at: now,
    next_try_at: now + minutes(1),
  });
  let value: string;
  try {
    value = await callAs(desk, connection, (credential) =>
      desk.portal.mintToken(connection.portal, credential, { person: shareOf(connection) }),
    );
  } catch (error) {
    if (error instanceof PortalError && error.sent === "maybe") await waitForOutcome(desk, operation, item);
    else await failUnsent(desk, operation, [item], error);
    return error;
  }
  try {
    await recordMinted(desk, operation, connection, item, value);
  } catch (error) {
    // The portal has the token and the store refused to note it: reconciling finds it again.
    await waitForOutcome(desk, operation, item);
    return error;
  }
  return undefined;
}

async function recordMinted(
  desk: Desk,
  operation: OperationTable,
  connection: SessionConnection,
  item: OperationItemTable,
  value: string,
): Promise<void> {
  noteSecret(value);
  const id = fingerprint(desk.keys, connection.portal, value);
  const now = desk.clock.now();
  await desk.db.transaction().execute(async (tx) => {
    await saveToken(tx, mintedRow(desk, operation, item, { id, hint: tokenHint(value), value }));
    await updateItem(tx, item, { state: "done", token_id: id, next_try_at: null });
    await refreshOperation(tx, operation.id, now);
    await record(tx, contextOf(desk, operation), {
      action: "token.mint",
      result: "ok",
      actor: actorOf(operation),
      target: {
        ownerId: connection.ownerId,
        portal: connection.portal,
        userName: connection.userName,
        tokenId: id,
        label: item.label ?? undefined,
      },
      operationId: operation.id,
    });
  });
}

/** The outcome of a POST is unknown: the portal's list will tell, first in 5 s. */
export async function waitForOutcome(
  desk: Desk,
  operation: OperationTable,
  item: OperationItemTable,
): Promise<void> {
  const now = desk.clock.now();
  await desk.db.transaction().execute(async (tx) => {
    await updateItem(tx, item, {
      state: "checking",
      next_try_at: now + seconds(5),
      attempts: 0,
      last_try_at: now,
    });
    await refreshOperation(tx, operation.id, now);
  });
}

/**
 * Ends items of which nothing reached the portal.
 * @param error why; undefined where the desk itself ended before it could send them.
 */
export async function failUnsent(
  desk: Desk,
  operation: OperationTable,
  items: OperationItemTable[],
  error: unknown,
): Promise<void> {
  if (items.length === 0) return;
  const known = asDeskError(error);
  const code = error === undefined ? "not_sent" : known instanceof DeskError ? known.code : "internal";
  await desk.db.transaction().execute(async (tx) => {
    for (const item of items) await updateItem(tx, item, { state: "failed", error: code, next_try_at: null });
    await refreshOperation(tx, operation.id, desk.clock.now());
    await record(tx, contextOf(desk, operation), {
      action: "token.mint",
      result: code === "portal_refused" ? "refused" : "failed",
      actor: actorOf(operation),
      target: { ownerId: items[0]?.owner_id, label: items[0]?.label ?? undefined },
      operationId: operation.id,
      detail: { code, count: items.length },
    });
  });
}
