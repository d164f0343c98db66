import "server-only";
import { type Kysely, PostgresAdapter, type RawBuilder, sql } from "kysely";
import { toParameter } from "./parameters";
import type { Db } from "./schema";

/** Whether a handle speaks to PostgreSQL. For the few things that portable SQL cannot say. */
export const isPostgres = <T>(db: Kysely<T>): boolean => db.getExecutor().adapter instanceof PostgresAdapter;

/** The schema of a PostgreSQL database that a handle works in. */
export async function currentSchema(db: Db): Promise<string> {
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db);
  return String(rows[0]?.schema);
}

/** The names of a store's own tables: of a database with several schemas those of its own schema alone. */
export async function tableNames(db: Db): Promise<Set<string>> {
  const own = isPostgres(db)
    ? sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema()`
    : sql<{ name: string }>`select name from sqlite_schema where type = 'table'`;
  return new Set((await own.execute(db)).rows.map(({ name }) => name));
}

/**
 * Texts to look among, or to join with as a table of `value`: one parameter however many they are, so that the statement stays
 * the same, and is compiled once.
 */
export function among<T>(db: Kysely<T>, texts: readonly string[]): RawBuilder<string> {
  // Half a surrogate pair, which PostgreSQL refuses in JSON, reaches it as the same sign that it is as a parameter.
  const list = JSON.stringify(texts.map((text) => String(toParameter(text)).toWellFormed()));
  return isPostgres(db)
    ? sql<string>`(select json_array_elements_text(${list}::json) as value)`
    : sql<string>`(select value from json_each(${list}))`;
}
