import "server-only";
import { groupBy } from "@/lib/shared/group-by";
import { instantOf, seconds } from "../../clock";
import { updateOpenItem } from "../../store/operations";
import type { OperationItemTable } from "../../store/schema";
import type { Desk } from "../desk";
import { finishRevocation } from "./end-revoke";
import { createControl, proveByList, proveByToken } from "./prove-revoke";
import { actingConnections, type ItemKey, loadOpen, type RevokeItem, revokeLease } from "./revoke-item";
import { codeOf, sendRevocation } from "./send-revoke";
import { isOverdue, revokeDelayMs } from "./state";

/** What a step came to: held back for so long, or the portal still showed the token. */
type Step = { heldMs?: number; alive?: boolean };

/**
 * Takes revocations one step further: those that the portal has not accepted are sent; those that it has are
 * proved, by one list for all of an owner's. What is not over then has its next try noted. One driver an item at a time;
 * one that somebody else has finished meanwhile is left alone.
 * @param thorough also asks the token itself, so that the receipt is complete even where a list proved it.
 */
export async function driveRevocations(
  desk: Desk,
  keys: (ItemKey & Pick<OperationItemTable, "owner_id">)[],
  options: { thorough?: boolean } = {},
): Promise<void> {
  // What nobody here has heard of belongs to nobody, and waits for nobody.
  const byOwner = groupBy(keys, (key) => key.owner_id || `${key.operation_id}/${key.position}`);
  await Promise.all(
    [...byOwner.values()].map((mine) => driveTogether(desk, mine, options.thorough ?? false)),
  );
}

async function driveTogether(desk: Desk, keys: ItemKey[], thorough: boolean): Promise<void> {
  const steps = new Map<ItemKey, Step>(keys.map((key) => [key, {}]));
  let heldUntil = 0;
  for (const key of keys) {
    // What was held back once is so for the rest of the round: asking for each would keep the others waiting.
    const leftMs = heldUntil - desk.clock.monotonic();
    const heldMs =
      leftMs > 0 ? leftMs : await desk.leases.run(revokeLease(key), () => sendRevocation(desk, key));
    if (heldMs === undefined) continue;
    steps.set(key, { heldMs });
    heldUntil = desk.clock.monotonic() + heldMs;
  }
  await proveItems(desk, steps, thorough);
  const late: RevokeItem[] = [];
  for (const [key, step] of steps) {
    const open = await desk.leases.run(revokeLease(key), () => scheduleNext(desk, key, step));
    if (open && isOverdue(open.operation.created_at, desk.clock.now())) late.push(open);
  }
  sayOverdue(desk, late);
}

async function proveItems(desk: Desk, steps: Map<ItemKey, Step>, thorough: boolean): Promise<void> {
  const accepted: [ItemKey, RevokeItem][] = [];
  for (const key of steps.keys()) {
    const open = await loadOpen(desk, key);
    if (open && open.item.accepted_at !== null) accepted.push([key, open]);
  }
  const listed = await proveByList(
    desk,
    accepted.map(([, open]) => open),
  );
  const control = createControl(desk);
  for (const [key, open] of accepted) {
    const { item } = open;
    const isListed = listed.ids.has(item.token_id ?? "");
    const wantsToken = listed.heldMs === undefined && (item.unlisted_at === null || thorough);
    const own = wantsToken
      ? await proveByToken(desk, open, await actingConnections(desk, item), control, {
          spare: item.unlisted_at !== null,
        })
      : { heldMs: listed.heldMs };
    const isProven = item.unlisted_at !== null || item.dead_at !== null;
    // A list that shows it outweighs its 401: nothing is called revoked that the portal still shows.
    if (isProven && !isListed) await finish(desk, open);
    else steps.set(key, { heldMs: own.heldMs, alive: isListed || ("dead" in own && own.dead === false) });
  }
}

async function finish(desk: Desk, { item, value }: RevokeItem): Promise<void> {
  try {
    await desk.leases.run(revokeLease(item), async () => {
      const current = await loadOpen(desk, item);
      if (current) await finishRevocation(desk, { ...current, value });
    });
  } catch (error) {
    // It stays open, and is tried again: the others must not wait for it.
    codeOf(desk, item, error);
  }
}

/**
 * Notes the next try of what is still open: what was held back goes as soon as it may, and that was no try.
 * @returns it, if it is still open.
 */
async function scheduleNext(
  desk: Desk,
  key: ItemKey,
  { heldMs, alive = false }: Step,
): Promise<RevokeItem | undefined> {
  const open = await loadOpen(desk, key);
  if (!open) return undefined;
  const attempts = open.item.attempts + Number(heldMs === undefined);
  const delayMs = heldMs === undefined ? revokeDelayMs(attempts) : Math.max(seconds(1), Math.ceil(heldMs));
  const now = desk.clock.now();
  // Accepted, and yet the portal shows that it lives on: from the fourth try it is deleted again. Perhaps it was not so.
  const again =
    open.item.accepted_at !== null && alive && attempts >= 4
      ? { accepted_at: null, error: "portal_not_understood" }
      : {};
  await updateOpenItem(desk.db, key, {
    ...again,
    state: "checking",
    attempts,
    last_try_at: now,
    next_try_at: now + delayMs,
  });
  return open;
}

/** For whoever watches the log: said with each try for as long as it lasts, in one line for an owner's. */
function sayOverdue({ log }: Desk, late: RevokeItem[]): void {
  const [first] = late;
  if (!first) return;
  const since = instantOf(Math.min(...late.map(({ operation }) => operation.created_at)));
  const tokens = late.slice(0, 10).map(({ item }) => item.token_id);
  log.error({ portal: first.portal, count: late.length, since, tokens }, "revocations are overdue");
}
