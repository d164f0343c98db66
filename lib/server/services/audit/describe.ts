import "server-only";
import type { AuditEntry } from "@/lib/contracts/audit";
import { instantOf } from "../../clock";
import type { AuditBody } from "../../store/audit";
import type { AuditTable } from "../../store/schema";

/** An entry as the API tells it: without the desk's own owner ids. */
export function describeEntry(row: AuditTable): AuditEntry {
  const body: AuditBody = JSON.parse(row.body);
  const { ownerId: _, ...actor } = body.actor;
  const { ownerId: __, ...target } = body.target ?? {};
  return {
    seq: row.seq,
    at: instantOf(body.at),
    action: body.action as AuditEntry["action"],
    actor,
    target: body.target ? target : undefined,
    result: body.result as AuditEntry["result"],
    ip: body.ip,
    requestId: body.requestId,
    operationId: body.operationId,
    detail: body.detail,
  };
}
