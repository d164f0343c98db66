import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBudget, type Priority } from "@/lib/server/portal/budget";
import { manualClock } from "@/tests/support/clock";

const spend = async (budget: ReturnType<typeof createBudget>, priority: Priority, count: number) => {
  let granted = 0;
  for (let i = 0; i < count; i += 1) if ((await budget.take(priority, 0)) === 0) granted += 1;
  return granted;
};

describe("the budget of calls to one origin", () => {
  it("keeps a fifth for revocations and a tenth from them", async () => {
    const clock = manualClock();
    const budget = createBudget(100, clock);
    expect(await spend(budget, "normal", 300)).toBe(80);
    expect(await spend(budget, "revoke", 300)).toBe(20);

    await clock.advance(60_000);
    expect(await spend(budget, "revoke", 300)).toBe(90);
    expect(await spend(budget, "normal", 300)).toBe(10);
  });

  // Or one person who checks tokens all the time would keep everybody else out.
  it("keeps a tenth for whoever signs in, whatever those do who are in", async () => {
    const budget = createBudget(100, manualClock());
    expect(await spend(budget, "normal", 300)).toBe(80);
    expect(await spend(budget, "sign-in", 300)).toBe(10);
    expect(await spend(budget, "revoke", 300)).toBe(10);
  });

  it("says when to come back", async () => {
    const clock = manualClock();
    const budget = createBudget(100, clock);
    await spend(budget, "normal", 40);
    await clock.advance(10_000);
    await spend(budget, "normal", 40);
    expect(await budget.take("normal", 2_000)).toBe(50_000);
    expect(budget.waitMs("normal")).toBe(50_000);
    expect(budget.waitMs("revoke")).toBe(0);
  });

  it("waits a little for its share, and no longer than it may", async () => {
    const clock = manualClock();
    const budget = createBudget(10, clock);
    await spend(budget, "normal", 8);
    await clock.advance(58_500);
    const taken = budget.take("normal", 2_000);
    await clock.advance(1_500);
    expect(await taken).toBe(0);
  });

  it("lets a waiting revocation go before a normal call", async () => {
    const clock = manualClock();
    const budget = createBudget(10, clock);
    await spend(budget, "normal", 1);
    await clock.advance(10_000);
    await spend(budget, "normal", 7);
    await spend(budget, "revoke", 2);
    await clock.advance(49_000);
    const order: Priority[] = [];
    const normal = budget.take("normal", 5_000).then((wait) => wait === 0 && order.push("normal"));
    const revoke = budget.take("revoke", 5_000).then((wait) => wait === 0 && order.push("revoke"));
    await clock.advance(5_000);
    await Promise.all([normal, revoke]);
    expect(order).toEqual(["revoke"]);
  });

  it("stops waiting when the caller gives up, without spending anything", async () => {
    const clock = manualClock();
    const budget = createBudget(1, clock);
    await spend(budget, "normal", 1);
    await clock.advance(59_000);
    const gone = new AbortController();
    const taken = budget.take("normal", 2_000, gone.signal);
    gone.abort("aborted");
    await expect(taken).rejects.toBe("aborted");
    await clock.advance(1_000);
    expect(await budget.take("normal", 0)).toBe(0);
  });

  // The portal's own limit is 120 a minute for everybody behind the desk; overrunning it pauses them all.
  it("never lets more through in any minute than it promises", async () => {
    const step = fc.record({
      waitMs: fc.nat(30_000),
      priority: fc.constantFrom<Priority[]>("normal", "sign-in", "revoke"),
      calls: fc.nat(15),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.array(step, { maxLength: 12 }),
        async (limit, steps) => {
          const clock = manualClock();
          const budget = createBudget(limit, clock);
          const granted: number[] = [];
          for (const { waitMs, priority, calls } of steps) {
            await clock.advance(waitMs);
            for (let i = 0; i < calls; i += 1) {
              if ((await budget.take(priority, 0)) === 0) granted.push(clock.monotonic());
            }
          }
          for (const at of granted) {
            expect(granted.filter((other) => other > at - 60_000 && other <= at).length).toBeLessThanOrEqual(
              limit,
            );
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("is not moved by a jump of the wall clock", async () => {
    const clock = manualClock();
    const budget = createBudget(10, clock);
    await spend(budget, "normal", 10);
    clock.setWall(clock.now() + 3_600_000);
    expect(await budget.take("normal", 0)).toBeGreaterThan(0);
  });
});
