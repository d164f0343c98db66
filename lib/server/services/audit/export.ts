import "server-only";
import type { AuditExportQuery } from "@/lib/contracts/audit";
import { seconds } from "../../clock";
import { DeskError } from "../../errors";
import type { SessionContext } from "../context";
import { renewSession } from "../sessions/load";
import { csvHead } from "./export-page";
import { filterOf } from "./list";
import { personOf, record } from "./record";

export type AuditExport = { contentType: string; fileName: string; lines: AsyncIterable<string> };

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
    lines: linesOf(ctx, format, filters),
  };
}

/** The lines of a file. Whether they may still leave, and which may, is asked about once a second. */
async function* linesOf(
  ctx: SessionContext,
  format: AuditExportQuery["format"],
  filters: Omit<AuditExportQuery, "format">,
): AsyncIterable<string> {
  const { clock, reader } = ctx.desk;
  let filter = await filterOf(ctx, filters);
  let renewedAt = clock.monotonic();
  if (format === "csv") yield csvHead;
  for (let before: number | undefined; ; ) {
    const page = await reader.exportPage({ filter: { ...filter, before }, format });
    for (const line of page.lines) {
      if (clock.monotonic() - renewedAt >= renewAfterMs) {
        const current = await renewSession(ctx);
        if (ctx.session.oversees && !current.session.oversees) throw new DeskError("forbidden");
        filter = await filterOf(current, filters);
        renewedAt = clock.monotonic();
      }
      yield line;
    }
    before = page.before;
    if (before === undefined) return;
  }
}
