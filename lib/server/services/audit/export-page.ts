import "server-only";
import type { AuditEntry, AuditExportQuery } from "@/lib/contracts/audit";
import { byteOrderMark, csvLine } from "@/lib/shared/csv";
import { type AuditFilter, selectAudit } from "../../store/audit-search";
import type { AuditTable, Db } from "../../store/schema";
import { describeEntry } from "./describe";
import { exportLine } from "./export-line";

/** Which part of an export: entries that fit, from `before` on, newest first. */
export type ExportPageQuery = { filter: AuditFilter; format: AuditExportQuery["format"] };
/** Lines of a file with their ends; `before` asks for the next ones, and is missing after the last. */
export type ExportPage = { lines: string[]; before?: number };

/** So many entries are a page. */
const size = 200;

/** One page of an export. */
export async function exportPage(db: Db, { filter, format }: ExportPageQuery): Promise<ExportPage> {
  const rows = await selectAudit(db, filter, size);
  const lines = rows.map(format === "csv" ? csvOf : (row) => `${exportLine(row)}\n`);
  return { lines, before: rows.length < size ? undefined : rows.at(-1)?.seq };
}

const columns: [string, (entry: AuditEntry) => string | number | undefined][] = [
  ["seq", (e) => e.seq],
  ["at", (e) => e.at],
  ["action", (e) => e.action],
  ["result", (e) => e.result],
  ["actor_portal", (e) => e.actor.portal],
  ["actor", (e) => e.actor.userName],
  ["actor_role", (e) => e.actor.role],
  ["token", (e) => e.target?.tokenId],
  ["label", (e) => e.target?.label],
  ["target_portal", (e) => e.target?.portal],
  ["target_user", (e) => e.target?.userName],
  ["ip", (e) => e.ip],
  ["request_id", (e) => e.requestId],
  ["operation_id", (e) => e.operationId],
  ["detail", (e) => (e.detail ? JSON.stringify(e.detail) : undefined)],
];

/** The beginning of a file of CSV: the names of its columns. */
export const csvHead = byteOrderMark + csvLine(columns.map(([name]) => name));

function csvOf({ seq, body }: AuditTable): string {
  const entry = describeEntry(seq, JSON.parse(body));
  return csvLine(columns.map(([, read]) => read(entry)));
}
