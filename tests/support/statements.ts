import type { CompiledQuery, DatabaseConnection } from "kysely";
import type { Db } from "@/lib/server/store/schema";

/** A statement that a store was asked, and how many rows came back. */
export type Asked = { sql: string; parameters: readonly unknown[]; rows: number };

/** Notes from now on what a store is asked, in transactions too, until the next call for it. */
export function noteStatements(db: Db): Asked[] {
  const asked: Asked[] = [];
  const executor = db.getExecutor();
  const provide = executor.provideConnection.bind(executor);
  executor.provideConnection = (consumer) => provide((connection) => consumer(noting(connection, asked)));
  return asked;
}

/** The same connection but for that: its driver knows it by more than its methods. */
const noting = (connection: DatabaseConnection, asked: Asked[]): DatabaseConnection =>
  Object.assign(Object.create(connection), {
    async executeQuery(query: CompiledQuery) {
      const result = await connection.executeQuery<never>(query);
      asked.push({ sql: query.sql, parameters: query.parameters, rows: result.rows.length });
      return result;
    },
  });
