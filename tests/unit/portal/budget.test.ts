import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBudget, type Priority, type Turn } from "@/lib/server/portal/budget";
import { manualClock } from "@/tests/support/clock";

const spend = async (budget: ReturnType<typeof createBudget>, priority: Priority, count: number) => {
  let granted = 0;
  for (let i = 0; i < count; i += 1) if ((await budget.take({ priority }, 0)) === 0) granted += 1;
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

  const spendAs = async (budget: ReturnType<typeof createBudget>, turn: Turn, count: number) => {
    let granted = 0;
    for (let i = 0; i < count; i += 1) if ((await budget.take(turn, 0)) === 0) granted += 1;
    return granted;
  };

  // One person who asks for everything would have all others wait for a minute.
  it.each<[Priority, number[]]>([
    ["normal", [42, 14, 5, 3, 3, 3, 2, 0]],
    ["revoke", [48, 16, 5, 3, 3, 3, 3, 0]],
    ["compromised", [48, 16, 5, 3, 3, 3, 3, 3, 3, 3, 0]],
    ["sign-in", [26, 9, 3, 3, 3, 1, 0]],
  ])("gives whoever comes next a part of what is left of %s calls", async (priority, parts) => {
    const budget = createBudget(100, manualClock());
    for (const [person, part] of parts.entries())
      expect(await spendAs(budget, { priority, person: `person ${person}` }, 300)).toBe(part);
  });

  it("divides the whole, not only each kind of call", async () => {
    const budget = createBudget(100, manualClock());
    const hog = { person: "hog" };
    expect(await spendAs(budget, { ...hog, priority: "revoke" }, 300)).toBe(48);
    expect(await spendAs(budget, { ...hog, priority: "normal" }, 300)).toBe(5);
    expect(await spendAs(budget, { person: "next", priority: "normal" }, 300)).toBe(18);
  });

  it("keeps something for what leaked, whatever eight others took", async () => {
    const budget = createBudget(100, manualClock());
    for (let n = 0; n < 8; n += 1) await spendAs(budget, { person: `hog ${n}`, priority: "revoke" }, 300);
    expect(await spendAs(budget, { person: "next", priority: "revoke" }, 1)).toBe(0);
    expect(await spendAs(budget, { person: "next", priority: "compromised" }, 3)).toBe(3);
  });

  it("gives a person a few values a minute that nobody knows, and never what others need", async () => {
    const clock = manualClock();
    const budget = createBudget(100, clock);
    for (const person of ["one", "two", "three", "four"])
      expect(await spendAs(budget, { person, priority: "unknown" }, 300)).toBeLessThanOrEqual(5);
    expect(await spendAs(budget, { person: "owner", priority: "revoke" }, 300)).toBeGreaterThan(30);
    await clock.advance(60_000);
    expect(await spendAs(budget, { person: "one", priority: "unknown" }, 300)).toBe(5);
  });

  it("lets what leaked go before what is merely to be revoked", async () => {
    const clock = manualClock();
    const budget = createBudget(10, clock);
    await spend(budget, "revoke", 1);
    await clock.advance(10_000);
    await spend(budget, "revoke", 8);
    await spend(budget, "normal", 1);
    await clock.advance(49_000);
    const order: Priority[] = [];
    const take = (priority: Priority) =>
      budget.take({ priority }, 5_000).then((wait) => wait === 0 && order.push(priority));
    const both = [take("revoke"), take("compromised")];
    await clock.advance(5_000);
    await Promise.all(both);
    expect(order).toEqual(["compromised"]);
  });

  it("says when to come back", async () => {
    const clock = manualClock();
    const budget = createBudget(100, clock);
    await spend(budget, "normal", 40);
    await clock.advance(10_000);
    await spend(budget, "normal", 40);
    expect(await budget.take({ priority: "normal" }, 2_000)).toBe(50_000);
    expect(budget.waitMs("normal")).toBe(50_000);
    expect(budget.waitMs("revoke")).toBe(0);
  });

  it("waits a little for its share, and no longer than it may", async () => {
    const clock = manualClock();
    const budget = createBudget(10, clock);
    await spend(budget, "normal", 8);
    await clock.advance(58_500);
    const taken = budget.take({ priority: "normal" }, 2_000);
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
    const normal = budget
      .take({ priority: "normal" }, 5_000)
      .then((wait) => wait === 0 && order.push("normal"));
    const revoke = budget
      .take({ priority: "revoke" }, 5_000)
      .then((wait) => wait === 0 && order.push("revoke"));
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
    const taken = budget.take({ priority: "normal" }, 2_000, gone.signal);
    gone.abort("aborted");
    await expect(taken).rejects.toBe("aborted");
    await clock.advance(1_000);
    expect(await budget.take({ priority: "normal" }, 0)).toBe(0);
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
              if ((await budget.take({ priority }, 0)) === 0) granted.push(clock.monotonic());
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
    expect(await budget.take({ priority: "normal" }, 0)).toBeGreaterThan(0);
  });
});
