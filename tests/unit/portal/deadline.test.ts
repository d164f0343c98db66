import { describe, expect, it } from "vitest";
import { startDeadline } from "@/lib/server/portal/deadline";
import { manualClock } from "@/tests/support/clock";

describe("a deadline", () => {
  it("ends in time, and says that it was time", async () => {
    const clock = manualClock();
    const deadline = startDeadline(clock, 10_000);
    await clock.advance(9_999);
    expect(deadline.signal.aborted).toBe(false);
    expect(deadline.remainingMs()).toBe(1);
    await clock.advance(1);
    expect(deadline.signal.reason).toBe("timeout");
  });

  it("ends with its caller, and says so", () => {
    const caller = new AbortController();
    const deadline = startDeadline(manualClock(), 10_000, caller.signal);
    caller.abort(new Error("the caller's own words"));
    expect(deadline.signal.reason).toBe("aborted");
    expect(startDeadline(manualClock(), 10_000, AbortSignal.abort()).signal.reason).toBe("aborted");
  });

  it("leaves no timer behind", async () => {
    const clock = manualClock();
    const deadline = startDeadline(clock, 10_000);
    deadline.end();
    expect(clock.sleepers()).toBe(0);
    await clock.advance(20_000);
    expect(deadline.signal.aborted).toBe(false);
  });
});
