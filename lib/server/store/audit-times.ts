import "server-only";
import { sql } from "kysely";
import type { Db } from "./schema";

/*
 * When entries were written, by their numbers. Times go up with the numbers but where the clock was set back, so they cannot
 * be searched like these; of each block of numbers an index tells the first time and the last.
 */

/** So many numbers are a block, as the index `audit_block` has it. */
const blockSize = 4096;
/** The longest time that is one, in milliseconds. */
const endOfTime = 8.64e15;

/** Entries that follow each other, by their numbers. */
export type Run = { first: number; last: number };

/** Times in milliseconds, both included. */
export type Times = { from?: number; to?: number };

/** The runs of entries that were all written within these times, newest first, of those whose number is below `before`. */
export async function* runsWithin(
  db: Db,
  { from = -endOfTime, to = endOfTime }: Times,
  before: number,
): AsyncIterable<Run> {
  let run: Run | undefined;
  for await (const next of partsWithin(db, { from, to }, before)) {
    if (run && next.last + 1 === run.first) run = { first: next.first, last: run.last };
    else {
      if (run) yield run;
      run = next;
    }
  }
  if (run) yield run;
}

async function* partsWithin(db: Db, times: Required<Times>, before: number): AsyncIterable<Run> {
  const { from, to } = times;
  for (const { block, oldest, newest } of await blocksWithin(db, times, before)) {
    const first = block * blockSize;
    if (from <= oldest && newest <= to) yield { first, last: Math.min(first + blockSize, before) - 1 };
    else yield* runsOfBlock(db, block, times, before);
  }
}

type Block = { block: number; oldest: number; newest: number };

/** The blocks with an entry of these times in them, or with entries on both sides, newest first. */
async function blocksWithin(db: Db, { from, to }: Required<Times>, before: number): Promise<Block[]> {
  const size = sql.lit(blockSize);
  const { rows } = await sql<Block>`
    with recursive blocks (block) as (
      select max(seq) / ${size} from audit where seq < ${before}
      union all select block - 1 from blocks where block > 0
    ), known as materialized (
      select block, (select min(at) from audit where seq / ${size} = block) as oldest,
        (select max(at) from audit where seq / ${size} = block) as newest
      from blocks
    )
    select * from known where newest >= ${from} and oldest <= ${to} order by block desc`.execute(db);
  return rows;
}

/** The same of one block. */
async function* runsOfBlock(
  db: Db,
  block: number,
  { from, to }: Required<Times>,
  before: number,
): AsyncIterable<Run> {
  const within = db
    .selectFrom("audit")
    .where(sql`seq / ${sql.lit(blockSize)}`, "=", block)
    .where("at", ">=", from)
    .where("at", "<=", to)
    .where("seq", "<", before);
  const { first, last, count } = await within
    .select((e) => [
      e.fn.min("seq").as("first"),
      e.fn.max("seq").as("last"),
      e.fn.countAll<number>().as("count"),
    ])
    .executeTakeFirstOrThrow();
  if (count === 0) return;
  if (count === last - first + 1) return yield { first, last };
  // The clock was set back within this block.
  const rows = await within.select("seq").orderBy("seq", "desc").execute();
  for (const { seq } of rows) yield { first: seq, last: seq };
}
