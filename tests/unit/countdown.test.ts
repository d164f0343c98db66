import { describe, expect, it } from "vitest";
import { beginCount, countAgain, tickCount } from "@/lib/shared/countdown";
import { countdownWords, durationWords, roughDurationWords } from "@/lib/shared/countdown-words";

describe("the words of a countdown", () => {
  it.each([
    [0, "now"],
    [1, "in 1 s"],
    [59, "in 59 s"],
    [60, "in 1 min"],
    [125, "in 2 min 5 s"],
    [900, "in 15 min"],
  ])("says %i seconds as %j", (seconds, words) => {
    expect(countdownWords(seconds)).toBe(words);
  });

  it("says how long something takes as exactly as anybody can tell", () => {
    expect(durationWords(61)).toBe("1 min 1 s");
    expect([0.2, 41.3, 89, 95, 400].map(roughDurationWords)).toEqual([
      "1 s",
      "42 s",
      "89 s",
      "2 min",
      "7 min",
    ]);
  });
});

describe("a countdown", () => {
  const answer = {};
  const start = 5_000;

  it("counts to the nearest second, whether its timer is early or late, and stops at nothing", () => {
    const count = beginCount(3, answer, start);
    const lefts = [0, 999, 2_040, 2_990, 60_000].map((ms) => tickCount(count, start + ms).left);
    expect(lefts).toEqual([3, 2, 1, 0, 0]);
  });

  it("goes on where an answer says again how much is left, and does not jump back", () => {
    const count = tickCount(beginCount(23, answer, start), start + 3_000);
    // Rounded up by the server: 20 seconds and a little more are left.
    const again = countAgain(count, 21, {}, start + 3_000);
    expect([again.left, again.from, again.endsAt]).toEqual([20, 23, start + 23_000]);
  });

  it("begins with what is left of an answer that is older than what shows it, whatever became of the clock", () => {
    const begin = (ageMs: number) => {
      const { left, from, endsAt } = beginCount(23, answer, start, ageMs);
      return [left, from, endsAt - start];
    };
    expect(begin(9_400)).toEqual([14, 14, 13_600]);
    expect(begin(60_000)).toEqual([0, 0, 0]);
    expect(begin(-3_600_000)).toEqual([23, 23, 23_000]);
    // Another answer of the same age tells the same wait.
    const count = tickCount(beginCount(23, answer, start, 9_000), start + 2_000);
    expect(countAgain(count, 15, {}, start + 2_000, 3_000)).toMatchObject({ left: 12, from: 14 });
  });

  it("begins anew with what is longer, shorter, or another wait of the same length", () => {
    const count = tickCount(beginCount(8, answer, start), start + 4_000);
    expect(countAgain(count, 30, {}, start + 4_000)).toMatchObject({ left: 30, from: 30 });
    expect(countAgain(count, 1, {}, start + 4_000)).toMatchObject({ left: 1, from: 1 });
    const over = tickCount(count, start + 8_000);
    expect(countAgain(over, 8, {}, start + 8_000)).toMatchObject({ left: 8, from: 8 });
    expect(countAgain(over, 1, {}, start + 8_000)).toMatchObject({ left: 1, from: 1 });
  });
});
