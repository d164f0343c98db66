import "server-only";
import { isDeepStrictEqual } from "node:util";
import type { AuditVerification } from "@/lib/contracts/audit";
import { instantOf } from "../../clock";
import { auditAfter, auditHead, chainHash, columnsOf, genesis } from "../../store/audit";
import type { AuditTable, Db } from "../../store/schema";
import type { Desk } from "../desk";

/** Walks the chain from the first entry: numbers without a gap, each hash over the one before, columns as the body says. */
export async function verifyAudit({
  desk,
}: {
  desk: Pick<Desk, "db" | "clock">;
}): Promise<AuditVerification> {
  const head = await auditHead(desk.db);
  const { brokenAt, seq, hash } = await walk(desk.db, head.seq);
  const broken = brokenAt ?? (seq !== head.seq || hash !== head.hash ? seq + 1 : undefined);
  return {
    ok: broken === undefined,
    entries: seq,
    headHash: hash,
    brokenAt: broken,
    checkedAt: instantOf(desk.clock.now()),
  };
}

async function walk(db: Db, upTo: number): Promise<{ seq: number; hash: string; brokenAt?: number }> {
  let seq = 0;
  let hash = genesis;
  while (seq < upTo) {
    // What is written while this walks is left to the next walk.
    const rows = (await auditAfter(db, seq, 1000)).filter((row) => row.seq <= upTo);
    if (rows.length === 0) break;
    for (const row of rows) {
      if (!fits(row, seq + 1, hash)) return { seq, hash, brokenAt: seq + 1 };
      seq = row.seq;
      hash = row.hash;
    }
  }
  return { seq, hash };
}

function fits(row: AuditTable, seq: number, prev: string): boolean {
  if (row.seq !== seq || row.prev !== prev || row.hash !== chainHash(seq, prev, row.body)) return false;
  const { at, action, result, actor_owner_id, target_owner_id, actor_name, token_id } = row;
  const columns = { at, action, result, actor_owner_id, target_owner_id, actor_name, token_id };
  try {
    return isDeepStrictEqual(columnsOf(JSON.parse(row.body)), columns);
  } catch {
    // A body that is none, under a hash that was made to fit.
    return false;
  }
}
