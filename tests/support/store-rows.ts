import { join } from "node:path";
import Database from "libsql";
import type { DeskProcess } from "./desk-process";

/** One difference between two looks at the store. `columns` are those that changed. */
export type RowChange = {
  table: string;
  what: "added" | "removed" | "changed";
  key: string;
  columns: string[];
};

type Row = Record<string, unknown>;
/** Every row of every table, by table and primary key. */
export type StoreRows = Map<string, Map<string, Row>>;

export type StoreView = { read(): StoreRows; close(): void };

/** Opens the store of a running desk for reading, past the desk: what an attack left there does not depend on its word. */
export function viewStore({ dataDir }: Pick<DeskProcess, "dataDir">): StoreView {
  const database = new Database(join(dataDir, "tokendesk.db"), { timeout: 5_000 });
  const all = (sql: string) => database.prepare(sql).all() as Row[];
  const tables = all("select name from sqlite_master where type = 'table' order by name").map(({ name }) => {
    const columns = all(`pragma table_info("${name}")`);
    const keys = columns.filter(({ pk }) => Number(pk) > 0).map((column) => String(column.name));
    return { name: String(name), keys };
  });
  return {
    read() {
      const rows: StoreRows = new Map();
      // One transaction, so that all tables are of the same moment.
      database.exec("begin");
      for (const { name, keys } of tables) {
        const keyOf = (row: Row) => JSON.stringify(keys.length > 0 ? keys.map((key) => row[key]) : row);
        rows.set(name, new Map(all(`select * from "${name}"`).map((row) => [keyOf(row), row])));
      }
      database.exec("commit");
      return rows;
    },
    close: () => database.close(),
  };
}

/** What differs. That a session was used is no change: `last_active_at` is what every request may move. */
export function changesBetween(before: StoreRows, after: StoreRows): RowChange[] {
  const changes: RowChange[] = [];
  for (const table of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(table) ?? new Map<string, Row>();
    const is = after.get(table) ?? new Map<string, Row>();
    for (const key of new Set([...was.keys(), ...is.keys()])) {
      const [old, now] = [was.get(key), is.get(key)];
      if (!old || !now) changes.push({ table, what: old ? "removed" : "added", key, columns: [] });
      else {
        const columns = Object.keys(now).filter(
          (column) => now[column] !== old[column] && !(table === "sessions" && column === "last_active_at"),
        );
        if (columns.length > 0) changes.push({ table, what: "changed", key, columns });
      }
    }
  }
  return changes;
}
