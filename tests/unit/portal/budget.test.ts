import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBudget } from "@/lib/server/portal/budget";
import { type Priority, priorities, type Turn } from "@/lib/server/portal/priority";
import { manualClock } from "@/tests/support/clock";

const spend = async (budget: ReturnType<typeof createBudget>, priority: Priority, count: number) => {
  let granted = 0;
  for (let i = 0; i < count; i += 1) if ((await budget.take({ priority }, 0)) === 0) granted += 1;
  return granted;
};

describe("the budget of calls to one origin", () => {
  it("keeps a fifth for revocations and a tenth from them, and of each something for what leaked", async () => {
    const clock = manualClock();
    const budget = createBudget(100, clock);
    expect(await spend(budget, "normal", 300)).toBe(80);
    expect(await spend(budget, "by-hand", 300)).toBe(15);
    expect(await spend(budget, "compromised", 300)).toBe(5);

    await clock.advance(60_000);
    expect(await spend(budget, "by-hand", 300)).toBe(85);
    expect(await spend(budget, "compromised", 300)).toBe(5);
    expect(await spend(budget, "normal", 300)).toBe(10);
  });

  it.each<Priority>(["compromised-bulk", "bulk", "bulk-rest"])(
    "keeps something by hand, whatever is asked for many at a time (%s)",
    async (priority) => {
      const budget = createBudget(100, manualClock());
      expect(await spend(budget, priority, 300)).toBe(70);
      expect(await spend(budget, "by-hand", 300)).toBe(15);
      expect(await spend(budget, "compromised", 300)).toBe(5);
    },
  );

  // Or one person who checks tokens all the time would keep everybody else out.
  it("keeps a tenth for whoever signs in, whatever those do who are in", async () => {
    const budget = createBudget(100, manualClock());
    expect(await spend(budget, "normal", 300)).toBe(80);
    expect(await spend(budget, "sign-in", 300)).toBe(10);
    expect(await spend(budget, "by-hand", 300)).toBe(5);
    expect(await spend(budget, "compromised", 300)).toBe(5);
  });

  const spendAs = async (budget: ReturnType<typeof createBudget>, turn: Turn, count: number) => {
    let granted = 0;
    for (let i = 0; i < count; i += 1) if ((await budget.take(turn, 0)) === 0) granted += 1;
    return granted;
  };

  it("tells how many calls are left in this minute, and how many wait for one", async () => {
    const clock = manualClock();
    const budget = createBudget(10, clock);
    expect(budget.load()).toEqual({ left: 10, waiting: 0 });
    // The last one is kept from revocations.
    await spend(budget, "compromised", 10);
    await clock.advance(59_000);
    const patient = budget.take({ priority: "compromised" }, 2_000);
    const given = new AbortController();
    const unwanted = budget.take({ priority: "compromised" }, 2_000, given.signal);
    await clock.advance(0);
    expect(budget.load()).toEqual({ left: 1, waiting: 2 });
    given.abort("given up");
    await expect(unwanted).rejects.toBe("given up");
    expect(budget.load().waiting).toBe(1);
    await clock.advance(1_000);
    expect(await patient).toBe(0);
    expect(budget.load()).toEqual({ left: 9, waiting: 0 });
  });

  // One person who asks for everything would have all others wait for a minute.
  it.each<[Priority, number[]]>([
    ["normal", [48, 12, 3, 3, 3, 3, 0]],
    ["by-hand", [51, 12, 3, 3, 3, 3, 2, 0]],
    ["bulk", [42, 10, 3, 3, 3, 2, 0]],
    ["compromised", [54, 13, 3, 3, 3, 3, 3, 3, 3, 2, 0]],
    ["sign-in", [30, 7, 3, 3, 2, 0]],
  ])("gives whoever comes next a part of what is left of %s calls", async (priority, parts) => {
    const budget = createBudget(100, manualClock());
    for (const [person, part] of parts.entries())
      expect(await spendAs(budget, { priority, person: `person ${person}` }, 300)).toBe(part);
  });

  it("divides the whole, not only each kind of call", async () => {
    const budget = createBudget(100, manualClock());
    const hog = { person: "hog" };
    expect(await spendAs(budget, { ...hog, priority: "by-hand" }, 300)).toBe(51);
    expect(await spendAs(budget, { ...hog, priority: "normal" }, 300)).toBe(6);
    expect(await spendAs(budget, { person: "next", priority: "normal" }, 300)).toBe(14);
  });

  it("does not count a person's own bulk against what they ask for by hand", async () => {
    const budget = createBudget(100, manualClock());
    const hog = { person: "hog" };
    expect(await spendAs(budget, { ...hog, priority: "bulk" }, 300)).toBe(42);
    expect(await spendAs(budget, { ...hog, priority: "by-hand" }, 20)).toBe(20);
    expect(await spendAs(budget, { ...hog, priority: "compromised" }, 5)).toBe(5);
  });

  it("gives a person's first hundred a whole share, whatever others' rest has taken", async () => {
    const clock = manualClock();
    const budget = createBudget(100, clock);
    await spendAs(budget, { person: "ann", priority: "bulk-rest" }, 300);
    await clock.advance(30_000);
    const first = await spendAs(budget, { person: "ben", priority: "bulk" }, 300);
    expect(first).toBe(25);
    await clock.advance(30_000);
    // What ann's calls have left goes to ben's until they are as many.
    const taken: string[] = [];
    const ask = async (person: string, priority: Priority) => {
      for (let n = 0; n < 60; n += 1)
        if ((await budget.take({ person, priority }, 1_000)) === 0) taken.push(person);
    };
    const both = [ask("ann", "bulk-rest"), ask("ben", "bulk")];
    await clock.advance(1_000);
    await Promise.all(both);
    expect(taken.filter((person) => person === "ben").length).toBe(17);
  });

  it("keeps something for what leaked, whatever eight others took", async () => {
    const budget = createBudget(100, manualClock());
    for (let n = 0; n < 8; n += 1) await spendAs(budget, { person: `hog ${n}`, priority: "by-hand" }, 300);
    expect(await spendAs(budget, { person: "next", priority: "by-hand" }, 1)).toBe(0);
    expect(await spendAs(budget, { person: "next", priority: "compromised" }, 3)).toBe(3);
  });

  it("gives a person a few values a minute that nobody knows, and never what others need", async () => {
    const clock = manualClock();
    const budget = createBudget(100, clock);
    for (const person of ["one", "two", "three", "four"])
      expect(await spendAs(budget, { person, priority: "unknown" }, 300)).toBeLessThanOrEqual(5);
    expect(await spendAs(budget, { person: "owner", priority: "by-hand" }, 300)).toBeGreaterThan(30);
    await clock.advance(60_000);
    expect(await spendAs(budget, { person: "one", priority: "unknown" }, 300)).toBe(5);
  });

  it("lets what leaked go before what is merely to be revoked", async () => {
    const clock = manualClock();
    const budget = createBudget(10, clock);
    await spend(budget, "by-hand", 1);
    await clock.advance(10_000);
    await spend(budget, "by-hand", 7);
    await spend(budget, "compromised", 1);
    await spend(budget, "normal", 1);
    await clock.advance(49_000);
    const order: Priority[] = [];
    const take = (priority: Priority) =>
      budget.take({ priority }, 5_000).then((wait) => wait === 0 && order.push(priority));
    const both = [take("by-hand"), take("compromised")];
    await clock.advance(5_000);
    await Promise.all(both);
    expect(order).toEqual(["compromised"]);
  });

  it("keeps the place of whoever was told to come back", async () => {
    const clock = manualClock();
    const budget = createBudget(10, clock);
    for (let n = 0; n < 9; n += 1) {
      await spend(budget, "compromised", 1);
      await clock.advance(1_000);
    }
    const back = await budget.take({ priority: "by-hand", person: "ann" }, 0);
    await clock.advance(back);
    // It is free now, and hers: what many wait for does not take it from her in the second until she is back.
    expect(await budget.take({ priority: "bulk", person: "ben" }, 0)).toBeGreaterThan(0);
    expect(await budget.take({ priority: "by-hand", person: "ann" }, 0)).toBe(0);
  });

  it("lets those who had less go first, of the same urgency", async () => {
    const clock = manualClock();
    const budget = createBudget(100, clock);
    for (let n = 0; n < 3; n += 1) {
      await spend(budget, "bulk", 1);
      await clock.advance(1_000);
    }
    expect(await spendAs(budget, { priority: "bulk", person: "ann" }, 1)).toBe(1);
    await spend(budget, "bulk", 59);
    const order: string[] = [];
    const take = (person: string) =>
      budget.take({ priority: "bulk", person }, 60_000).then((wait) => wait === 0 && order.push(person));
    const all = [take("ann"), take("ann"), take("ben")];
    await clock.advance(60_000);
    await Promise.all(all);
    expect(order).toEqual(["ben", "ann", "ann"]);
  });

  it("leaves what is no revocation its tenth, however many wait for one", async () => {
    const budget = createBudget(100, manualClock());
    for (let n = 0; n < 40; n += 1) await spendAs(budget, { person: `hog ${n}`, priority: "by-hand" }, 10);
    expect(await spendAs(budget, { person: "reader", priority: "normal" }, 3)).toBe(3);
  });

  it("says when to come back", async () => {
    const clock = manualClock();
    const budget = createBudget(100, clock);
    await spend(budget, "normal", 40);
    await clock.advance(10_000);
    await spend(budget, "normal", 40);
    expect(await budget.take({ priority: "normal" }, 2_000)).toBe(50_000);
    expect(budget.waitMs("normal")).toBe(50_000);
    expect(budget.waitMs("by-hand")).toBe(0);
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
    await spend(budget, "by-hand", 2);
    await clock.advance(49_000);
    const order: Priority[] = [];
    const normal = budget
      .take({ priority: "normal" }, 5_000)
      .then((wait) => wait === 0 && order.push("normal"));
    const revoke = budget
      .take({ priority: "by-hand" }, 5_000)
      .then((wait) => wait === 0 && order.push("by-hand"));
    await clock.advance(5_000);
    await Promise.all([normal, revoke]);
    expect(order).toEqual(["by-hand"]);
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
      priority: fc.constantFrom<Priority>(...priorities),
      person: fc.constantFrom(undefined, "ann", "ben", "cleo"),
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
          for (const { waitMs, priority, person, calls } of steps) {
            await clock.advance(waitMs);
            for (let i = 0; i < calls; i += 1) {
              if ((await budget.take({ priority, person }, 0)) === 0) granted.push(clock.monotonic());
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
