import pino from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import { countRequest } from "@/lib/server/http/rate-limit";
import { forget, once } from "@/lib/server/runtime";
import type { ActiveSession, DeskContext } from "@/lib/server/services/context";
import { type ManualClock, manualClock } from "@/tests/support/clock";

let clock: ManualClock;
let lines: string[];

function caller(ip: string, sessionId?: string, ownerId = `own_${sessionId}`) {
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const ctx = {
    desk: { clock, log },
    from: { requestId: "req_1", ip, userAgent: "" },
  } as unknown as DeskContext;
  return sessionId ? { ...ctx, session: { id: sessionId, ownerId } as ActiveSession } : ctx;
}

/** What a route may have of its own. */
const most = (perMinute: number, route = "route_a") => ({ route, perMinute });

beforeEach(() => {
  forget("http.windows");
  clock = manualClock();
  lines = [];
});

describe("the limit of requests", () => {
  it("refuses the one too many, telling how long to wait, until the minute is over", async () => {
    for (let count = 0; count < 3; count += 1) countRequest(caller("a"), most(3));
    await clock.advance(20_000);
    expect(() => countRequest(caller("a"), most(3))).toThrow(
      expect.objectContaining({ code: "too_many_requests", facts: { retryAfter: 40 } }),
    );
    await clock.advance(40_000);
    expect(() => countRequest(caller("a"), most(3))).not.toThrow();
  });

  it("is a person's own: nobody uses up another's", () => {
    for (let count = 0; count < 2; count += 1) countRequest(caller("a", "ses_1"), most(2));
    expect(() => countRequest(caller("a", "ses_1"), most(2))).toThrow();
    expect(() => countRequest(caller("a", "ses_2"), most(2))).not.toThrow();
    expect(() => countRequest(caller("a"), most(2))).not.toThrow();
  });

  // Whoever has named many tokens at once must still be able to revoke one.
  it("is a route's own, where it has one", () => {
    countRequest(caller("a", "ses_1"), most(1));
    expect(() => countRequest(caller("a", "ses_1"), most(1))).toThrow();
    expect(() => countRequest(caller("a", "ses_1"), most(1, "route_b"))).not.toThrow();
    expect(() => countRequest(caller("a", "ses_1"))).not.toThrow();
  });

  it("is a network's, where there is no session: one has more addresses of IPv6 than requests", () => {
    for (let count = 1; count < 4; count += 1) countRequest(caller(`2001:db8:1:2::${count}`), most(3));
    expect(() => countRequest(caller("2001:db8:1:2:ffff::9"), most(3))).toThrow();
    expect(() => countRequest(caller("2001:db8:1:3::1"), most(3))).not.toThrow();
  });

  // Otherwise whoever has one password has as many requests as they care to open sessions.
  it("is a person's over all their sessions, and nobody else's", () => {
    for (let count = 0; count < 3; count += 1) countRequest(caller("a", `ses_${count}`, "own_ann"), most(3));
    expect(() => countRequest(caller("a", "ses_3", "own_ann"), most(3))).toThrow(
      expect.objectContaining({ code: "too_many_requests" }),
    );
    expect(() => countRequest(caller("a", "ses_4", "own_ben"), most(3))).not.toThrow();
  });

  it("is 1,200 a session and 3,600 a person where a route says nothing", () => {
    const send = (session: string, times: number) => {
      for (let count = 0; count < times; count += 1) countRequest(caller("a", session, "own_ann"));
    };
    for (const session of ["ses_1", "ses_2", "ses_3"]) send(session, 1_200);
    expect(() => send("ses_1", 1)).toThrow();
    expect(() => send("ses_4", 1)).toThrow();
  });

  it("remembers the busiest, however many come once", () => {
    for (let count = 0; count < 2; count += 1) countRequest(caller("192.0.2.1"), most(3));
    for (let n = 0; n < 30_000; n += 1) {
      countRequest(caller(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`), most(3));
      if (n === 15_000) countRequest(caller("192.0.2.1"), most(3));
    }
    expect(() => countRequest(caller("192.0.2.1"), most(3))).toThrow();
    expect(once("http.windows", () => new Map()).size).toBeLessThanOrEqual(20_000);
  });

  it("is logged once a minute, however many come", () => {
    for (let count = 0; count < 10; count += 1) {
      try {
        countRequest(caller("a"), most(1));
      } catch {}
    }
    expect(lines).toHaveLength(1);
  });
});
