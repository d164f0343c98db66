import "server-only";
import { type RawBuilder, sql } from "kysely";
import { foldName } from "../names";
import { type Run, runsWithin, type Times } from "./audit-times";
import { among, isPostgres } from "./engine";
import type { AuditTable, Db } from "./schema";

/*
 * A page of the trail costs the same however long the trail is. What is asked for is one list or several, each of which an
 * index holds in the order of the entries' numbers: of all, of what somebody did, of what others did to them; each of these
 * for a name, for a kind of action, and for both. Of no list more is read than fits on the page.
 */

/** Which entries: `owners` limits to those that acted or were acted upon; undefined is everybody. */
export type AuditFilter = Times & {
  owners?: string[];
  tokenId?: string;
  actor?: string;
  action?: string;
  before?: number;
};

type Sql = RawBuilder<unknown>;

/** What the entries of a list have in common beside whose they are: who did it, and what it was. */
type Said = Partial<Pick<AuditTable, "actor_name" | "action">>;

/** Entries that fit, newest first, at most `limit`. */
export async function selectAudit(db: Db, filter: AuditFilter, limit: number): Promise<AuditTable[]> {
  const { from, to, before = Number.MAX_SAFE_INTEGER, owners } = filter;
  if (owners?.length === 0) return [];
  const isTimed = from !== undefined || to !== undefined;
  const runs = isTimed ? runsWithin(db, { from, to }, before) : [{ first: 1, last: before - 1 }];
  const found: AuditTable[] = [];
  for await (const run of runs) {
    found.push(...(await newestWithin(db, filter, run, limit - found.length)));
    if (found.length >= limit) break;
  }
  return found;
}

async function newestWithin(
  db: Db,
  { owners, tokenId, actor, action }: AuditFilter,
  run: Run,
  limit: number,
): Promise<AuditTable[]> {
  const said = { ...(actor && { actor_name: foldName(actor) }), ...(action && { action }) };
  const all = sql`select * from`;
  if (tokenId)
    return (await sql<AuditTable>`${all} ${ofToken(db, tokenId, said, owners, run, limit)}`.execute(db)).rows;
  if (!owners) return (await sql<AuditTable>`${all} ${newestOf(said, run, limit)}`.execute(db)).rows;
  const numbers = await newestOfOwners(db, owners, said, run, limit);
  const { rows } = await sql<AuditTable>`${all} audit where seq in ${numbers} order by seq desc`.execute(db);
  return rows;
}

/** The newest entries of the list that these columns' values are common to. */
function newestOf(
  common: Record<string, string | Sql>,
  { first, last }: Run,
  limit: number,
  only?: Sql,
): Sql {
  const columns = [...Object.keys(common), "seq"].map((column) => sql.ref(column));
  const place = (seq: number) => sql`(${sql.join([...Object.values(common), seq])})`;
  // As places in the order of one index: PostgreSQL and SQLite would take another for a single column's value.
  const row = sql`(${sql.join(columns)})`;
  return sql`audit where ${row} >= ${place(first)} and ${row} <= ${place(last)} ${only ? sql`and ${only}` : sql``}
    order by ${sql.join(columns.map((column) => sql`${column} desc`))} limit ${sql.lit(limit)}`;
}

/**
 * A token's entries are few. What else is asked of them lies beside them in their index, and must not lead to another
 * one, which holds all of a name's or of a kind's: hence the functions around the columns.
 */
function ofToken(
  db: Db,
  tokenId: string,
  said: Said,
  owners: string[] | undefined,
  run: Run,
  limit: number,
): Sql {
  const conditions = Object.entries(said).map(
    ([column, value]) => sql`coalesce(${sql.ref(column)}, '') = ${value}`,
  );
  if (owners) conditions.push(isOf(db, owners));
  conditions.push(sql`token_id is not null`);
  return newestOf({ token_id: tokenId }, run, limit, sql.join(conditions, sql` and `));
}

/** Who acted, and who was acted upon by others. What is done to oneself is in the first list alone. */
const roles = {
  actor: { column: "actor_owner_id", only: sql`actor_owner_id is not null` },
  target: {
    column: "target_owner_id",
    only: sql`target_owner_id is not null and actor_owner_id is distinct from target_owner_id`,
  },
};
type Role = keyof typeof roles;

/** The newest numbers of somebody's list in a role. */
const newestOfOwner = (owner: Sql, role: Role, said: Said, run: Run, limit: number): Sql =>
  sql`(select seq from ${newestOf({ [roles[role].column]: owner, ...said }, run, limit, roles[role].only)})`;

/** Of so many owners each one's lists are read. Of more, first the newest entries of all, since some may be theirs. */
const fewOwners = 50;
const lately = 1_000;

/** The numbers of the newest entries of these owners, in either role. */
async function newestOfOwners(db: Db, owners: string[], said: Said, run: Run, limit: number): Promise<Sql> {
  if (owners.length <= fewOwners)
    return newestOfEach(db, { actor: owners, target: owners }, said, run, limit);
  const { rows } = await sql<{ seq: number }>`select seq from (
      select * from ${newestOf(said, run, lately)}
    ) as newest where ${isOf(db, owners)} order by seq desc limit ${sql.lit(limit)}`.execute(db);
  if (rows.length < limit) return newestOfMany(db, owners, said, run, limit);
  return sql`(select cast(value as bigint) from ${among(
    db,
    rows.map(({ seq }) => String(seq)),
  )} as numbers)`;
}

/** The same where they are many, and their entries few: only whose newest entry is among the newest can have more there. */
async function newestOfMany(db: Db, owners: string[], said: Said, run: Run, limit: number): Promise<Sql> {
  const newestOne = (role: Role) =>
    sql`select ${sql.lit(role)} as role, value as owner, ${newestOfOwner(sql`value`, role, said, run, 1)} as seq
      from ${among(db, owners)} as owners`;
  // An entry may be the newest of two: of who acted, and of whom they acted upon.
  const enough = 2 * limit;
  const { rows } = await sql<{ role: Role; owner: string; seq: number }>`
    with newest as materialized (${newestOne("actor")} union all ${newestOne("target")})
    select * from newest where seq is not null order by seq desc limit ${sql.lit(enough)}`.execute(db);
  const having = (role: Role) => rows.flatMap((row) => (row.role === role ? row.owner : []));
  const first = rows.length < enough ? run.first : (rows.at(-1)?.seq ?? run.first);
  const lists = { actor: having("actor"), target: having("target") };
  return newestOfEach(db, lists, said, { ...run, first }, limit);
}

/** The same of the list of each, at most `limit` entries of one. */
function newestOfEach(db: Db, owners: Record<Role, string[]>, said: Said, run: Run, limit: number): Sql {
  const inRole = (role: Role) => {
    const ofOne = newestOfOwner(sql`owners.value`, role, said, run, limit);
    const each = sql`${among(db, owners[role])} as owners cross join`;
    return isPostgres(db)
      ? sql`select one.seq from ${each} lateral ${ofOne} as one`
      : sql`select one.seq from ${each} audit as one on one.seq in ${ofOne}`;
  };
  return sql`(select seq from (${inRole("actor")} union ${inRole("target")}) as newest
    order by seq desc limit ${sql.lit(limit)})`;
}

/** Whether an entry is one of these owners', in either role. */
function isOf(db: Db, owners: string[]): Sql {
  const theirs = among(db, owners);
  return sql`(actor_owner_id in ${theirs} or target_owner_id in ${theirs})`;
}
