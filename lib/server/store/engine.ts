import "server-only";
import { type Kysely, PostgresAdapter } from "kysely";

/** Whether a handle speaks to PostgreSQL. For the few things that portable SQL cannot say. */
export const isPostgres = <T>(db: Kysely<T>): boolean => db.getExecutor().adapter instanceof PostgresAdapter;
