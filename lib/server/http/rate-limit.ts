import "server-only";
import { minutes } from "../clock";
import { DeskError } from "../errors";
import { once } from "../runtime";
import type { ActiveSession, DeskContext } from "../services/context";

type Window = { startedAt: number; count: number };

/** What a caller may send in a minute where a route says nothing else. */
const defaultPerMinute = 1200;
const windowMs = minutes(1);
/** Beyond so many callers, those whose minute is over are forgotten. */
const sweepAbove = 5_000;

const windows = (): Map<string, Window> => once("http.windows", () => new Map<string, Window>());

/**
 * Counts a request in the current minute of its session or, without one, of its address. In memory: it protects
 * this process, and a restart may forgive.
 * @throws DeskError `too_many_requests` with the seconds until the minute is over.
 */
export function countRequest(
  { desk, from, session }: DeskContext & { session?: ActiveSession },
  perMinute = defaultPerMinute,
): void {
  // Routes with a limit of their own are counted apart.
  const caller = `${perMinute} ${session?.id ?? from.ip}`;
  const now = desk.clock.monotonic();
  const all = windows();
  const current = all.get(caller);
  if (!current || now - current.startedAt >= windowMs) {
    if (all.size > sweepAbove) sweep(all, now);
    all.set(caller, { startedAt: now, count: 1 });
    return;
  }
  current.count += 1;
  if (current.count <= perMinute) return;
  if (current.count === perMinute + 1)
    desk.log.warn(
      { requestId: from.requestId, ip: from.ip, perMinute },
      "a caller met the limit of requests",
    );
  throw new DeskError("too_many_requests", {
    retryAfter: Math.ceil((windowMs - (now - current.startedAt)) / 1000),
  });
}

function sweep(all: Map<string, Window>, now: number): void {
  for (const [caller, { startedAt }] of all) if (now - startedAt >= windowMs) all.delete(caller);
}
