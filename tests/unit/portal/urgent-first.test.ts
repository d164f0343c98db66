import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBudget } from "@/lib/server/portal/budget";
import type { Priority, Turn } from "@/lib/server/portal/priority";
import { manualClock } from "@/tests/support/clock";

/** A hundred calls a minute, and people who want some: when each of theirs was granted, in milliseconds. */
function portalOf(callsPerMinute = 100) {
  const clock = manualClock();
  const budget = createBudget(callsPerMinute, clock);
  const granted: { at: number; priority: Priority; person?: string }[] = [];
  /** One call after the other, each waited for as a driver does: two seconds in line, then back when told. */
  const work = async (turn: Turn, count: number) => {
    for (let done = 0; done < count; ) {
      const wait = await budget.take(turn, 2_000);
      if (wait > 0) await clock.sleep(Math.ceil(wait / 1_000) * 1_000);
      else {
        done += 1;
        granted.push({ at: clock.monotonic(), ...turn });
      }
    }
  };
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) await clock.advance(500);
  };
  const countOf = (person: string) => granted.filter((one) => one.person === person).length;
  return { clock, work, pass, granted, countOf };
}

describe("who is let through first", () => {
  it.each<[string, Priority, Priority]>([
    ["a person's first hundred, before another's second", "bulk", "bulk-rest"],
    ["what leaked, before what did not", "compromised-bulk", "bulk"],
  ])("is %s", async (_words, first, second) => {
    const { work, pass, countOf } = portalOf();
    void work({ priority: second, person: "ann" }, 300);
    await pass(90_000);
    const before = countOf("ann");
    void work({ priority: first, person: "ben" }, 100);
    await pass(120_000);
    // Two minutes have 140 calls for many: ben's hundred fits, and ann has what is left.
    expect(countOf("ben")).toBeGreaterThan(80);
    expect(countOf("ann") - before).toBeGreaterThan(20);
    expect(countOf("ben")).toBeGreaterThan(countOf("ann") - before);
  });

  it("is everybody in turn, where all ask for as many", async () => {
    const { work, pass, countOf } = portalOf();
    const people = ["ann", "ben", "cleo", "dora"];
    for (const person of people) void work({ priority: "bulk", person }, 300);
    await pass(180_000);
    const counts = people.map(countOf);
    expect(Math.min(...counts)).toBeGreaterThan(20);
  });

  it("is what is asked for by hand, at any time of anybody's bulk", async () => {
    const { clock, work, pass } = portalOf();
    for (const person of ["ann", "ben", "cleo"])
      for (const priority of ["compromised-bulk", "bulk", "bulk-rest"] as const)
        void work({ priority, person }, 300);
    void work({ priority: "normal", person: "dora" }, 300);
    const took: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      await pass(10_000);
      const asked = clock.monotonic();
      // A deletion, and the list that proves it.
      void work(
        { priority: round % 2 ? "by-hand" : "compromised", person: round % 3 ? "ann" : "eve" },
        2,
      ).then(() => took.push(clock.monotonic() - asked));
    }
    await pass(2_000);
    expect(took).toHaveLength(20);
    expect(Math.max(...took)).toBeLessThanOrEqual(2_000);
  });
});

// The portal's own limit is 120 a minute for everybody behind the desk; overrunning it pauses them all.
it("whoever waits for whatever, no minute has more calls than were promised", async () => {
  const asked = fc.record({
    priority: fc.constantFrom<Priority[]>(
      "compromised",
      "compromised-bulk",
      "by-hand",
      "bulk",
      "bulk-rest",
      "normal",
    ),
    person: fc.constantFrom(undefined, "ann", "ben", "cleo"),
    count: fc.integer({ min: 1, max: 40 }),
    afterMs: fc.nat(20_000),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.array(asked, { maxLength: 8 }),
      async (limit, all) => {
        const { work, pass, granted } = portalOf(limit);
        for (const { priority, person, count, afterMs } of all) {
          void work({ priority, person }, count);
          await pass(afterMs);
        }
        await pass(90_000);
        for (const { at } of granted)
          expect(granted.filter((one) => one.at > at - 60_000 && one.at <= at).length).toBeLessThanOrEqual(
            limit,
          );
      },
    ),
    { numRuns: 25 },
  );
});
