import pino from "pino";
import { beforeEach, describe, expect, it, vi } from "vitest";
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

const nothing = () => ({ callers: new Map<string, unknown>() });

beforeEach(() => {
  forget("http.windows");
  clock = manualClock();
  lines = [];
});

describe("the limit of requests", () => {
  it("refuses the one too many, telling how long to wait, until the minute is over", async () => {
    for (let count = 0; count < 3; count += 1) countRequest(caller("a"), 3);
    await clock.advance(20_000);
    expect(() => countRequest(caller("a"), 3)).toThrow(
      expect.objectContaining({ code: "too_many_requests", facts: { retryAfter: 40 } }),
    );
    await clock.advance(40_000);
    expect(() => countRequest(caller("a"), 3)).not.toThrow();
  });

  it("is a session's own: one person does not use up another's", () => {
    for (let count = 0; count < 2; count += 1) countRequest(caller("a", "ses_1"), 2);
    expect(() => countRequest(caller("a", "ses_1"), 2)).toThrow();
    expect(() => countRequest(caller("a", "ses_2"), 2)).not.toThrow();
    expect(() => countRequest(caller("a"), 2)).not.toThrow();
  });

  it("is a network's, where there is no session: one has more addresses of IPv6 than requests", () => {
    for (let count = 1; count < 4; count += 1) countRequest(caller(`2001:db8:1:2::${count}`), 3);
    expect(() => countRequest(caller("2001:db8:1:2:ffff::9"), 3)).toThrow();
    expect(() => countRequest(caller("2001:db8:1:3::1"), 3)).not.toThrow();
  });

  // Otherwise whoever has one password has as many requests as they care to open sessions.
  it("is a person's too, over all their sessions, and nobody else's", () => {
    for (let session = 0; session < 3; session += 1)
      for (let count = 0; count < 2; count += 1) countRequest(caller("a", `ses_${session}`, "own_ann"), 2);
    expect(() => countRequest(caller("a", "ses_3", "own_ann"), 2)).toThrow(
      expect.objectContaining({ code: "too_many_requests" }),
    );
    expect(() => countRequest(caller("a", "ses_4", "own_ben"), 2)).not.toThrow();
  });

  // Each new caller would cost as much as there are callers, when there are most of them.
  it("goes through all callers now and then, not for each new one, and forgets those of the last minute", async () => {
    const { desk } = caller("");
    const from = (ip: string) => ({ desk, from: { requestId: "", ip, userAgent: "" } });
    const walks = vi.spyOn(Map.prototype, Symbol.iterator);
    for (let n = 0; n < 5_200; n += 1) countRequest(from(`10.0.${n >> 8}.${n & 255}`), 1);
    expect(walks.mock.calls.length).toBeLessThan(3);
    walks.mockRestore();
    await clock.advance(60_000);
    countRequest(from("192.0.2.1"), 1);
    expect(once<{ callers: Map<string, unknown> }>("http.windows", nothing).callers.size).toBe(1);
  });

  it("is logged once a minute, however many come", () => {
    for (let count = 0; count < 10; count += 1) {
      try {
        countRequest(caller("a"), 1);
      } catch {}
    }
    expect(lines).toHaveLength(1);
  });
});
