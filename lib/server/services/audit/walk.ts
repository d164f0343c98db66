import "server-only";
import { setImmediate } from "node:timers/promises";
import { type AuditBody, auditAfter, auditHead, chainHash, columnsOf, genesis } from "../../store/audit";
import type { AuditTable, Db } from "../../store/schema";

/** A chain as far as it holds: the last entry that fits, and where the next one does not. */
export type Walk = { entries: number; headHash: string; brokenAt?: number };

/** So many entries at a time: between them, others get their turn. */
const batch = 200;

/**
 * Walks the chain from the first entry to the head: numbers without a gap, each hash over the one before, columns as
 * the body says, the last entry as the head has it. What is written meanwhile is left to the next walk.
 * @param visit is shown each entry that fits, oldest first.
 */
export async function walkTrail(
  db: Db,
  visit: (row: AuditTable, body: AuditBody) => void = () => {},
): Promise<Walk> {
  const head = await auditHead(db);
  let seq = 0;
  let hash = genesis;
  const walk = (brokenAt?: number): Walk => ({ entries: seq, headHash: hash, brokenAt });
  while (seq < head.seq) {
    const rows = (await auditAfter(db, seq, batch)).filter((row) => row.seq <= head.seq);
    if (rows.length === 0) break;
    for (const row of rows) {
      const body = bodyOf(row, seq + 1, hash);
      if (!body) return walk(seq + 1);
      visit(row, body);
      seq = row.seq;
      hash = row.hash;
    }
    await setImmediate();
  }
  return walk(seq === head.seq && hash === head.hash ? undefined : seq + 1);
}

/** What an entry says; undefined where it does not fit after the one before it, or its columns say something else. */
function bodyOf(row: AuditTable, seq: number, prev: string): AuditBody | undefined {
  if (row.seq !== seq || row.prev !== prev || row.hash !== chainHash(seq, prev, row.body)) return undefined;
  try {
    const body: AuditBody = JSON.parse(row.body);
    const said = columnsOf(body);
    // Of an entry that an earlier version wrote: the name is folded by Unicode, and so it stays.
    const earlier = { ...said, actor_name: body.actor.userName.toLowerCase() };
    return [said, earlier].some((columns) => columnNames.every((name) => columns[name] === row[name]))
      ? body
      : undefined;
  } catch {
    // A body that is none, under a hash that was made to fit.
    return undefined;
  }
}

const columnNames = [
  "at",
  "action",
  "result",
  "actor_owner_id",
  "target_owner_id",
  "actor_name",
  "token_id",
] as const satisfies (keyof ReturnType<typeof columnsOf>)[];
