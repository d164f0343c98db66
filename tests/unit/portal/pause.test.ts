import { describe, expect, it } from "vitest";
import { createPause } from "@/lib/server/portal/pause";
import { manualClock } from "@/tests/support/clock";

describe("the pause after a 429", () => {
  it("obeys seconds and dates", async () => {
    const clock = manualClock(Date.UTC(2025, 0, 1));
    const pause = createPause(clock);
    expect(pause.begin("30")).toBe(30_000);
    await clock.advance(30_000);
    expect(pause.waitMs("normal")).toBe(0);
    expect(pause.begin("Wed, 01 Jan 2025 00:01:30 GMT")).toBe(60_000);
  });

  it("caps what is absurd at five minutes, and does not take 0 for an invitation to hammer", () => {
    expect(createPause(manualClock()).begin("999999")).toBe(300_000);
    expect(createPause(manualClock()).begin("99999999999999999999999")).toBe(300_000);
    expect(createPause(manualClock()).begin("0")).toBe(1_000);
  });

  it("backs off by itself where no length is stated, up to a minute, and starts short again after an answer", async () => {
    const clock = manualClock();
    const pause = createPause(clock);
    const lengths: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      const lengthMs = pause.begin(undefined);
      lengths.push(lengthMs);
      await clock.advance(lengthMs);
    }
    expect(lengths).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    pause.ended();
    expect(pause.begin("nonsense")).toBe(1_000);
  });

  it("counts the refusals of calls under way as one", () => {
    const pause = createPause(manualClock());
    pause.begin(undefined);
    pause.begin(undefined);
    expect(pause.begin(undefined)).toBeLessThanOrEqual(2_000);
  });

  it("does not shorten a pause by a later, shorter one", () => {
    const pause = createPause(manualClock());
    pause.begin("60");
    expect(pause.begin("1")).toBe(60_000);
  });

  it("lets the most urgent revocation that was refused go first when it is over", async () => {
    const clock = manualClock();
    const pause = createPause(clock);
    pause.begin("10");
    expect(pause.refuse("bulk")).toBe(10_000);
    expect(pause.refuse("compromised")).toBe(10_000);
    expect(pause.refuse("bulk")).toBe(11_000);
    await clock.advance(10_000);
    expect(pause.refuse("compromised")).toBe(0);
    expect(pause.refuse("by-hand")).toBe(1_000);
    expect(pause.refuse("bulk")).toBe(1_000);
    await clock.advance(1_000);
    expect(pause.refuse("bulk")).toBe(0);
  });

  it("lets a refused revocation go before everything else when it is over", async () => {
    const clock = manualClock();
    const pause = createPause(clock);
    pause.begin("10");
    expect(pause.refuse("by-hand")).toBe(10_000);
    await clock.advance(10_000);
    expect(pause.refuse("by-hand")).toBe(0);
    expect(pause.refuse("normal")).toBe(1_000);
    await clock.advance(1_000);
    expect(pause.refuse("normal")).toBe(0);
  });

  it("is not ended by a jump of the wall clock", () => {
    const clock = manualClock();
    const pause = createPause(clock);
    pause.begin("10");
    clock.setWall(clock.now() + 3_600_000);
    expect(pause.waitMs("normal")).toBe(10_000);
  });
});
