import { AsyncLocalStorage } from "node:async_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { type Answer, askOnce, createCache } from "@/lib/server/cache";
import { manualClock } from "@/tests/support/clock";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

describe("what is kept from one request to another", () => {
  test("is no more than so many, and what was used longest ago goes first", () => {
    const cache = createCache<number>({ most: 2 });
    cache.set("a", 1);
    cache.set("b", 2);
    cache.get("a");
    cache.set("c", 3);
    expect([...cache.keys()].sort()).toEqual(["a", "c"]);
  });

  test("is no more than so much, and what is more by itself pushes nothing out", () => {
    const cache = createCache<string>({ most: 10, sizeOf: ({ length }) => length });
    cache.set("a", "1234");
    cache.set("b", "x".repeat(11));
    expect([...cache.keys()]).toEqual(["a"]);
    cache.set("c", "12345678");
    expect([...cache.keys()]).toEqual(["c"]);
  });
});

describe("an answer that many ask for", () => {
  const make = () => {
    const clock = manualClock();
    const answers = createCache<Answer<string>>({ most: 10 });
    let asked = 0;
    const askFor = (ask: () => Promise<string> = async () => "said") =>
      askOnce(answers, "a", {
        clock,
        ask: () => {
          asked += 1;
          return ask();
        },
        until: (_said, begun) => begun + 1_000,
      });
    return { clock, answers, askFor, count: () => asked };
  };

  test("is asked for once, and again when it counts no more", async () => {
    const { clock, askFor, count } = make();
    expect(await Promise.all([askFor(), askFor()])).toEqual(["said", "said"]);
    await askFor();
    expect(count()).toBe(1);
    await clock.advance(1_001);
    await askFor();
    expect(count()).toBe(2);
  });

  test("is asked for again after it could not be had, by whoever comes then", async () => {
    const { askFor, count } = make();
    const fail = () => Promise.reject(new Error("away"));
    const both = await Promise.allSettled([askFor(fail), askFor()]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await askFor()).toBe("said");
    expect(count()).toBe(2);
  });

  // A promise that is kept holds what ran when it was made: here it would be a whole request, its page and its answer.
  test("holds nothing of the request that asked for it", async () => {
    const { answers, askFor } = make();
    const requests = new AsyncLocalStorage<object>();
    const seen = await (async () => {
      const request = { page: "x".repeat(1_000) };
      await requests.run(request, () => askFor());
      return new WeakRef(request);
    })();
    expect(answers.get("a")).toMatchObject({ said: "said" });
    // What a turn has looked at is held until its end.
    await new Promise((wake) => setImmediate(wake));
    collect();
    expect(seen.deref()).toBeUndefined();
  });
});
