import { describe, expect, it } from "vitest";
import { days, hours, minutes, seconds, systemClock } from "@/lib/server/clock";

describe("the system clock", () => {
  it("sleeps, and wakes early with the reason of whoever aborts", async () => {
    const before = systemClock.monotonic();
    await systemClock.sleep(5);
    expect(systemClock.monotonic() - before).toBeGreaterThan(3);

    const reason = new Error("enough");
    await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const asleep = systemClock.sleep(60_000, controller.signal);
    controller.abort("enough");
    await expect(asleep).rejects.toBe("enough");
  });
});

describe("durations", () => {
  it("are milliseconds", () => {
    expect([seconds(5), minutes(15), hours(12), days(1)]).toEqual([5_000, 900_000, 43_200_000, 86_400_000]);
  });
});
