import "server-only";
import type { AuditEntry } from "@/lib/contracts/audit";
import { instantOf } from "../../clock";
import type { AuditBody } from "../../store/audit";

/** An entry as the API tells it: without the desk's own owner ids. */
export function describeEntry(seq: number, body: AuditBody): AuditEntry {
  const { ownerId: _, ...actor } = body.actor;
  const { ownerId: __, ...target } = body.target ?? {};
  return {
    seq,
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
