import "server-only";
import { days } from "../../clock";
import { forgetBaselines, forgetFailures, forgetSessions } from "../../store/forgotten";
import type { Desk } from "../desk";

/** Longer than any counter of failures is remembered, for whose clock is wrong by some hours. */
const failuresKeptMs = days(1);
/** Nothing reads a session that has ended: the trail has its story. On PostgreSQL the fewer there are, the shorter `clearErased` takes. */
const sessionsKeptMs = days(30);

/**
 * Forgets a little of what nobody needs any more: each kind by a short transaction of its own. What is open, or of a time still
 * to come, is none of it. @returns whether more may be left.
 */
export async function forgetSome({ db, clock }: Desk): Promise<boolean> {
  const now = clock.now();
  const left = [
    await db.transaction().execute((tx) => forgetFailures(tx, now - failuresKeptMs)),
    await db.transaction().execute((tx) => forgetSessions(tx, now - sessionsKeptMs)),
    // By earlier versions: a mint forgets what it began from as soon as it is over.
    await forgetBaselines(db),
  ];
  return left.includes(true);
}
