import "server-only";
import { isStoreFull } from "../../errors";
import type { Db } from "../../store/schema";
import { endSession } from "../../store/sessions";
import { type AuditEvent, record } from "../audit/record";
import type { Origin, SessionContext } from "../context";
import type { Desk } from "../desk";

/*
 * Ends that somebody asks for. What cannot be audited does not happen, but for these: an end only takes rights away, and
 * refusing it because the disk is full would leave a thief signed in. So it is kept in memory and holds at once; the store and the
 * trail have it as soon as there is room.
 */

/** A session's end as it is to be written down: when it was asked for, why, by whom, and from where. */
export type AskedEnd = { at: number; reason: string; event: AuditEvent; from: Origin };

export const askedEnd = ({ desk, from }: SessionContext, reason: string, event: AuditEvent): AskedEnd => ({
  at: desk.clock.now(),
  reason,
  event,
  from: { ...from },
});

/**
 * Writes an end down, with its entry in the trail, unless the session has ended already.
 * @returns whether it had not. @throws DeskError `audit_unavailable`, `store_full`
 */
export async function writeEnd(desk: Desk, tx: Db, id: string, end: AskedEnd): Promise<boolean> {
  if (!(await endSession(tx, id, end.at, end.reason))) return false;
  await record(tx, { desk, from: end.from }, end.event);
  return true;
}

/** Awaits what the store is to take, or does something else where it takes no writes. */
export const whenFull = <T>(task: Promise<T>, otherwise: () => T | Promise<T>): Promise<T> =>
  task.catch((error: unknown) => {
    if (isStoreFull(error)) return otherwise();
    throw error;
  });
