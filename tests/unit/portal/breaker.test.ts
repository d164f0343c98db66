import { describe, expect, it } from "vitest";
import { type Breaker, createBreaker } from "@/lib/server/portal/breaker";
import { manualClock } from "@/tests/support/clock";

const fail = (breaker: Breaker, times: number) => {
  for (let i = 0; i < times; i += 1) breaker.failed();
};

describe("the circuit breaker of an origin", () => {
  it("opens after five failures in a row, not after five in all", () => {
    const breaker = createBreaker(manualClock());
    fail(breaker, 4);
    breaker.succeeded();
    fail(breaker, 4);
    expect(breaker.state()).toEqual({ state: "closed" });
    fail(breaker, 1);
    expect(breaker.state()).toEqual({ state: "open", retryAfterMs: 5_000 });
  });

  it("stays open for 5, 10 and 20 seconds, never so long that recovery takes half a minute", async () => {
    const clock = manualClock();
    const breaker = createBreaker(clock);
    fail(breaker, 5);
    for (const openMs of [5_000, 10_000, 20_000, 20_000]) {
      expect(breaker.state()).toEqual({ state: "open", retryAfterMs: openMs });
      await clock.advance(openMs);
      expect(breaker.state()).toEqual({ state: "half_open" });
      await breaker.probe(async () => false);
    }
  });

  it("is open to everybody else while one probes, and closes by the probe", async () => {
    const clock = manualClock();
    const breaker = createBreaker(clock);
    fail(breaker, 5);
    await clock.advance(5_000);
    let answer: (up: boolean) => void = () => undefined;
    const probe = breaker.probe(() => new Promise((resolve) => (answer = resolve)));
    expect(breaker.state()).toEqual({ state: "open", retryAfterMs: 1_000 });
    answer(true);
    await probe;
    expect(breaker.state()).toEqual({ state: "closed" });
  });

  it("opens again, for longer, with the first failure after a probe, unless a call has succeeded", async () => {
    const clock = manualClock();
    const breaker = createBreaker(clock);
    fail(breaker, 5);
    await clock.advance(5_000);
    await breaker.probe(async () => true);
    fail(breaker, 1);
    expect(breaker.state()).toEqual({ state: "open", retryAfterMs: 10_000 });
    await clock.advance(10_000);
    await breaker.probe(async () => true);
    breaker.succeeded();
    fail(breaker, 4);
    expect(breaker.state()).toEqual({ state: "closed" });
    fail(breaker, 1);
    expect(breaker.state()).toEqual({ state: "open", retryAfterMs: 5_000 });
  });

  it("is not held open longer by calls that were still under way", async () => {
    const clock = manualClock();
    const breaker = createBreaker(clock);
    fail(breaker, 5);
    await clock.advance(3_000);
    fail(breaker, 5);
    expect(breaker.state()).toEqual({ state: "open", retryAfterMs: 2_000 });
  });
});
