import "server-only";
import type { AuditAction, AuditResult } from "@/lib/contracts/audit";
import { DeskError, isStoreFull, loggedError } from "../../errors";
import { mapInSlices } from "../../slices";
import { type AuditBody, appendAudit } from "../../store/audit";
import type { Db } from "../../store/schema";
import type { Origin, SessionContext } from "../context";
import type { Desk } from "../desk";

/** What happened. Names and ids only; a token's value has no place in it. */
export type AuditEvent = Pick<AuditBody, "actor" | "target" | "operationId" | "detail"> & {
  action: AuditAction;
  result: AuditResult;
};

/** A desk's clock and log are all that an entry needs: some are written where no desk is open. */
type RecordContext = { desk: Pick<Desk, "clock" | "log">; from: Origin };

/** Whoever runs the desk's own commands on its machine, as the trail names them: the desk itself. */
export const theDesk: AuditBody["actor"] = { portal: "", userName: "Tokendesk" };

/**
 * Writes an entry in the transaction of what it tells of. What cannot be audited does not happen: when this
 * throws, the transaction is undone.
 * @throws DeskError `audit_unavailable`, `store_full`
 */
export const record = (tx: Db, ctx: RecordContext, event: AuditEvent): Promise<void> =>
  recordAll(tx, ctx, [event]);

/** The same for many entries at once, as the last thing in their transaction: one by one, others would wait long. */
export async function recordAll(tx: Db, { desk, from }: RecordContext, events: AuditEvent[]): Promise<void> {
  const about = { ip: from.ip, requestId: from.requestId };
  try {
    const bodies = await mapInSlices(events, (event) =>
      compact({ ...event, at: desk.clock.now(), ...about }),
    );
    await appendAudit(tx, bodies);
  } catch (error) {
    if (isStoreFull(error)) throw error;
    desk.log.error(loggedError(error), "the audit trail refused an entry");
    throw new DeskError("audit_unavailable");
  }
}

/** Canonical JSON has no undefined. */
const compact = (body: AuditBody): AuditBody => JSON.parse(JSON.stringify(body));

/** The signed-in person as the trail names them, and the role they act in where it is not about what is theirs. */
export const personOf = ({ session }: SessionContext, role?: "lead" | "admin"): AuditBody["actor"] => ({
  ownerId: session.ownerId,
  portal: session.user.portal,
  userName: session.user.userName,
  role,
});
