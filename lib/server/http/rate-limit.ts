import "server-only";
import { createCache } from "../cache";
import { minutes } from "../clock";
import { DeskError } from "../errors";
import { networkOf } from "../network";
import { once } from "../runtime";
import type { ActiveSession, Origin } from "../services/context";
import type { Desk } from "../services/desk";

/** All that is counted by: a desk that stands by has no more. */
type Counted = { desk: Pick<Desk, "clock" | "log">; from: Origin };

type Window = { startedAt: number; count: number };

/** A limit of a route's own: so many requests a minute of a person, whatever their sessions, or, without one, of an address. */
export type RouteLimit = { route: string; perMinute: number };

/** What a session may send in a minute where a route has no limit of its own, or, without one, an address. */
const perMinuteOfASession = 1_200;
const perMinuteOfAPerson = 3 * perMinuteOfASession;
const windowMs = minutes(1);
const mostCallers = 20_000;

const windows = () => once("http.windows", () => createCache<Window>({ most: mostCallers }));

/**
 * Counts a request in the current minute of its person and, unless its route has a limit of its own, of its session; without
 * a session, of its address. More sessions are no way around it. In memory: it protects this process, and a restart may
 * forgive.
 * @throws DeskError `too_many_requests` with the seconds until the minute is over.
 */
export function countRequest(ctx: Counted & { session?: ActiveSession }, limit?: RouteLimit): void {
  const { from, session } = ctx;
  const who = session ? `person ${session.ownerId}` : `address ${networkOf(from.ip)}`;
  if (session && !limit)
    count(ctx, `session ${session.id}`, { route: "any", perMinute: perMinuteOfASession });
  const others = { route: "any", perMinute: session ? perMinuteOfAPerson : perMinuteOfASession };
  count(ctx, who, limit ?? others);
}

function count({ desk, from }: Counted, who: string, { route, perMinute }: RouteLimit): void {
  const key = `${route} ${who}`;
  const now = desk.clock.monotonic();
  const current = windows().get(key);
  if (!current || now - current.startedAt >= windowMs) {
    windows().set(key, { startedAt: now, count: 1 });
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
