import "server-only";
import { minutes, seconds } from "../clock";
import { DeskError } from "../errors";
import { networkOf } from "../network";
import { once } from "../runtime";
import type { ActiveSession, DeskContext } from "../services/context";

type Window = { startedAt: number; count: number };

/** What a session may send in a minute where a route says nothing else, or, without one, an address. */
const defaultPerMinute = 1200;
/** A person's sessions together may send as much as so many of them. */
const sessionsOfAPerson = 3;
const windowMs = minutes(1);
/** Beyond so many callers, those whose minute is over are forgotten: now and then, for that goes through all of them. */
const sweepAbove = 5_000;
const sweepEveryMs = seconds(1);

const windows = () =>
  once("http.windows", () => ({ callers: new Map<string, Window>(), sweptAt: Number.NEGATIVE_INFINITY }));

/**
 * Counts a request in the current minute of its session and of its person, or, without a session, of its address: more
 * sessions are no way around the limit. In memory: it protects this process, and a restart may forgive.
 * @throws DeskError `too_many_requests` with the seconds until the minute is over.
 */
export function countRequest(
  ctx: DeskContext & { session?: ActiveSession },
  perMinute = defaultPerMinute,
): void {
  const { from, session } = ctx;
  if (session) {
    count(ctx, `session ${session.id}`, perMinute);
    count(ctx, `person ${session.ownerId}`, perMinute * sessionsOfAPerson);
  } else count(ctx, `address ${networkOf(from.ip)}`, perMinute);
}

function count({ desk, from }: DeskContext, who: string, perMinute: number): void {
  // Routes with a limit of their own are counted apart.
  const caller = `${perMinute} ${who}`;
  const now = desk.clock.monotonic();
  const { callers } = windows();
  const current = callers.get(caller);
  if (!current || now - current.startedAt >= windowMs) {
    sweep(now);
    callers.set(caller, { startedAt: now, count: 1 });
    return;
  }
  current.count += 1;
  if (current.count <= perMinute) return;
  if (current.count === perMinute + 1)
    desk.log.warn(
      { requestId: from.requestId, ip: from.ip, who, perMinute },
      "a caller met the limit of requests",
    );
  throw new DeskError("too_many_requests", {
    retryAfter: Math.ceil((windowMs - (now - current.startedAt)) / 1000),
  });
}

function sweep(now: number): void {
  const all = windows();
  if (all.callers.size <= sweepAbove || now - all.sweptAt < sweepEveryMs) return;
  all.sweptAt = now;
  for (const [caller, { startedAt }] of all.callers)
    if (now - startedAt >= windowMs) all.callers.delete(caller);
}
