import "server-only";
import type { AuditEntry, AuditExportQuery } from "@/lib/contracts/audit";
import { seconds } from "../../clock";
import { DeskError } from "../../errors";
import { selectAudit } from "../../store/audit";
import type { AuditTable } from "../../store/schema";
import type { SessionContext } from "../context";
import { renewSession } from "../sessions/load";
import { describeEntry } from "./describe";
import { exportLine } from "./export-line";
import { filterOf } from "./list";
import { personOf, record } from "./record";

export type AuditExport = { contentType: string; fileName: string; lines: AsyncIterable<string> };

const batch = 500;
const renewAfterMs = seconds(1);

/**
 * What the caller may see of the trail, newest first, as JSON lines, which prove themselves (`verify-export`), or CSV
 * (RFC 4180). The export itself is an entry, written before the first line leaves. However slowly it is read, nothing
 * leaves once the session has ended or sees less: the lines then throw.
 * @throws DeskError `audit_unavailable`
 */
export async function exportAudit(ctx: SessionContext, query: AuditExportQuery): Promise<AuditExport> {
  const { desk } = ctx;
  const { format, ...filters } = query;
  await desk.db
    .transaction()
    .execute((tx) =>
      record(tx, ctx, { action: "audit.export", result: "ok", actor: personOf(ctx), detail: { format } }),
    );
  const day = new Date(desk.clock.now()).toISOString().slice(0, 10);
  return {
    contentType:
      format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/jsonl; charset=utf-8",
    fileName: `tokendesk-audit-${day}.${format}`,
    lines: format === "csv" ? csvLines(ctx, filters) : jsonLines(ctx, filters),
  };
}

type Filters = Omit<AuditExportQuery, "format">;

async function* selected(ctx: SessionContext, filters: Filters): AsyncIterable<AuditTable> {
  const { clock, db } = ctx.desk;
  let current = ctx;
  let renewedAt = clock.monotonic();
  let before: number | undefined;
  for (;;) {
    const rows = await selectAudit(db, { ...(await filterOf(current, filters)), before }, batch);
    for (const row of rows) {
      if (clock.monotonic() - renewedAt >= renewAfterMs) {
        current = await renewSession(ctx);
        if (ctx.session.oversees && !current.session.oversees) throw new DeskError("forbidden");
        renewedAt = clock.monotonic();
      }
      yield row;
    }
    if (rows.length < batch) return;
    before = rows.at(-1)?.seq;
  }
}

async function* jsonLines(ctx: SessionContext, filters: Filters): AsyncIterable<string> {
  for await (const row of selected(ctx, filters)) yield `${exportLine(row)}\n`;
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

async function* csvLines(ctx: SessionContext, filters: Filters): AsyncIterable<string> {
  yield `${columns.map(([name]) => name).join(",")}\r\n`;
  for await (const { seq, body } of selected(ctx, filters)) {
    const entry = describeEntry(seq, JSON.parse(body));
    yield `${columns.map(([, read]) => csvField(read(entry))).join(",")}\r\n`;
  }
}

/** A field that no spreadsheet takes for a formula (OWASP, "CSV Injection"), in full-width signs neither. */
export function csvField(value: string | number | undefined): string {
  if (value === undefined) return "";
  const text =
    typeof value === "string" && /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
