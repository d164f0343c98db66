import "server-only";
import { DeskError, isStoreFull } from "../../errors";
import { auditHead } from "../../store/audit";
import { storeIsFull } from "../../store/full";
import { writeMeta } from "../../store/meta";
import type { Desk } from "../desk";

/** Whether the desk can do its work: the store takes a write, and the audit trail has its head. Asks no portal. */
export async function checkReady(desk: Desk): Promise<{ ok: boolean; failing: string[] }> {
  const parts: [string, () => Promise<unknown>][] = [
    ["store", () => probeStore(desk)],
    ["audit", () => auditHead(desk.db)],
  ];
  const failing: string[] = [];
  for (const [name, probe] of parts)
    await probe().catch((error: unknown) => failing.push(isStoreFull(error) ? `${name}: full` : name));
  return { ok: failing.length === 0, failing };
}

async function probeStore({ db, clock }: Desk): Promise<void> {
  await writeMeta(db, "last_probe", String(clock.now()));
  // Where there is room for a probe there may be none for an action.
  if (storeIsFull()) throw new DeskError("store_full");
}
