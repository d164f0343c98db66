import { join } from "node:path";
import Database from "libsql";
import type { DeskProcess } from "./desk-process";

type Row = Record<string, unknown>;
/** One difference between two looks at the store: the row as it is now (or was last), and the columns that changed. */
export type RowChange = { table: string; what: "added" | "removed" | "changed"; row: Row; columns: string[] };

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

/** What readiness probes write, and the worker by itself, once a minute: which checkpoint was taken last. */
const ownNotes = ["last_probe", "audit_checkpoints"];

/** What moves whatever is asked: that a session was used, and the desk's own notes. */
const moves = ({ table, row }: RowChange, column: string): boolean =>
  (table === "sessions" && column === "last_active_at") ||
  (table === "meta" && ownNotes.includes(String(row.name)));

/** What differs, but for what moves whatever is asked. */
export function changesBetween(before: StoreRows, after: StoreRows): RowChange[] {
  const changes: RowChange[] = [];
  for (const table of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(table) ?? new Map<string, Row>();
    const is = after.get(table) ?? new Map<string, Row>();
    for (const [key, row] of was)
      if (!is.has(key)) changes.push({ table, what: "removed", row, columns: [] });
    for (const [key, row] of is) {
      const old = was.get(key);
      const change: RowChange = { table, what: old ? "changed" : "added", row, columns: [] };
      const columns = Object.keys(row).filter(
        (column) => row[column] !== old?.[column] && !moves(change, column),
      );
      if (columns.length > 0) changes.push({ ...change, columns });
    }
  }
  return changes;
}
