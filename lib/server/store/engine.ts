import "server-only";
import { type Kysely, PostgresAdapter, type RawBuilder, sql } from "kysely";
import { toParameter } from "./parameters";

/** Whether a handle speaks to PostgreSQL. For the few things that portable SQL cannot say. */
export const isPostgres = <T>(db: Kysely<T>): boolean => db.getExecutor().adapter instanceof PostgresAdapter;

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
