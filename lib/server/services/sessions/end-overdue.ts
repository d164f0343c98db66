import "server-only";
import { setImmediate } from "node:timers/promises";
import { isAhead, minutes } from "../../clock";
import { unlessFull } from "../../errors";
import type { Db, SessionTable } from "../../store/schema";
import {
  openSessions,
  overdueSessions,
  type SessionTime,
  sessionById,
  type Whose,
} from "../../store/sessions";
import { theDesk } from "../audit/record";
import { writeUnrecordedEnds } from "../connections/end";
import { deskOrigin } from "../context";
import type { Desk } from "../desk";
import { type AskedEnd, writeEnd } from "./asked-end";
import { sessionEvent } from "./end";

type Times = Pick<SessionTable, "id" | "expires_at" | "last_active_at">;

/**
 * Why a session is over, if it is: too old, idle for too long, or last active in a time still to come, which after
 * a clock was set back would make it live on.
 */
function reasonToEnd(desk: Desk, session: Times): string | undefined {
  const { now, idleMs } = sessionTime(desk);
  const lastSign = lastSignOf(desk, session);
  if (now >= session.expires_at) return "too_old";
  if (now - lastSign >= idleMs) return "idle";
  return isAhead(lastSign, now) ? "clock_set_back" : undefined;
}

/** When a session gave its last sign of life, also where the store did not take it. */
export const lastSignOf = ({ signs }: Desk, { id, last_active_at }: Omit<Times, "expires_at">): number =>
  Math.max(last_active_at, signs.get(id) ?? 0);

/**
 * Ends a session whose time is over, or that somebody has ended, and erases its credentials: for good, whatever the clock says
 * later. Where the store takes no writes it is over all the same, and ended as soon as that can be recorded.
 * @returns whether it was over. @throws DeskError `audit_unavailable`
 */
export async function endIfOverdue(desk: Desk, session: SessionTable): Promise<boolean> {
  const asked = desk.over.get(session.id);
  const reason = reasonToEnd(desk, session);
  if (!asked && reason === undefined) return false;
  const ending = desk.db
    .transaction()
    .execute(async (tx) =>
      writeEnd(desk, tx, session.id, asked ?? (await endOfTime(desk, tx, session, reason ?? ""))),
    );
  if (await unlessFull(ending)) desk.over.delete(session.id);
  return true;
}

async function endOfTime(desk: Desk, tx: Db, session: SessionTable, reason: string): Promise<AskedEnd> {
  const event = await sessionEvent(tx, session);
  const detail = { ...event.detail, reason };
  const told = { ...event, actor: theDesk, result: "ok" as const, detail };
  return { at: desk.clock.now(), reason, event: told, from: deskOrigin() };
}

/** Sessions that are good now, of whom it is asked for or of everybody, the one last active first. */
export async function goodSessions(desk: Desk, whose?: Whose): Promise<SessionTable[]> {
  const rows = await openSessions(desk.db, whose);
  return rows
    .map((row) => ({ ...row, last_active_at: lastSignOf(desk, row) }))
    .filter((row) => !desk.over.has(row.id) && reasonToEnd(desk, row) === undefined)
    .sort((a, b) => b.last_active_at - a.last_active_at || (a.id < b.id ? -1 : 1));
}

/** What sessions' times are held against now. */
export const sessionTime = ({ env, clock }: Desk): SessionTime => ({
  now: clock.now(),
  idleMs: minutes(env.sessionIdleMinutes),
});

/** Ends all sessions whose time is over, and writes down what ended while the store took no writes. */
export async function endOverdueSessions(desk: Desk): Promise<void> {
  await writeUnrecordedEnds(desk);
  for (const id of [...desk.over.keys()]) {
    const session = await sessionById(desk.db, id);
    if (session) await endIfOverdue(desk, session);
    else desk.over.delete(id);
    // No room yet, for the others neither.
    if (desk.over.has(id)) break;
    await setImmediate();
  }
  for (const session of await overdueSessions(desk.db, sessionTime(desk))) {
    await endIfOverdue(desk, session);
    // SQLite answers without waiting: after a night that the desk was off, nobody else would get a turn until the last.
    await setImmediate();
  }
}
