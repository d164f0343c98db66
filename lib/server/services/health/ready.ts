import "server-only";
import { auditHead } from "../../store/audit";
import { writeMeta } from "../../store/meta";
import type { Desk } from "../desk";

/** Whether the desk can do its work: the store takes a write, and the audit trail has its head. Asks no portal. */
export async function checkReady(desk: Desk): Promise<{ ok: boolean; failing: string[] }> {
  const parts: [string, () => Promise<unknown>][] = [
    ["store", () => writeMeta(desk.db, "last_probe", String(desk.clock.now()))],
    ["audit", () => auditHead(desk.db)],
  ];
  const failing: string[] = [];
  for (const [name, probe] of parts) await probe().catch(() => failing.push(name));
  return { ok: failing.length === 0, failing };
}
