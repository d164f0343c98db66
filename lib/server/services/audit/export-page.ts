import "server-only";
import type { AuditEntry, AuditExportQuery } from "@/lib/contracts/audit";
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
  const lines = rows.map(format === "csv" ? csvLine : (row) => `${exportLine(row)}\n`);
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

/** The names of the columns of a file of CSV (RFC 4180). */
export const csvHead = `${columns.map(([name]) => name).join(",")}\r\n`;

function csvLine({ seq, body }: AuditTable): string {
  const entry = describeEntry(seq, JSON.parse(body));
  return `${columns.map(([, read]) => csvField(read(entry))).join(",")}\r\n`;
}

/** A field that no spreadsheet takes for a formula (OWASP, "CSV Injection"), in full-width signs neither. */
export function csvField(value: string | number | undefined): string {
  if (value === undefined) return "";
  const text =
    typeof value === "string" && /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
