import { afterEach, describe, expect, it, vi } from "vitest";
import type { PortalClient } from "@/lib/server/portal/client";
import { PortalError, type PortalErrorKind } from "@/lib/server/portal/error";
import { createListCache } from "@/lib/server/portal/list-cache";
import { manualClock } from "@/tests/support/clock";

type Call = {
  portalId: string;
  credential: string;
  priority?: string;
  answer: (values: string[]) => void;
  refuse: (kind: PortalErrorKind) => void;
};

/** A portal whose answers the test gives when it likes. */
function heldPortal() {
  const calls: Call[] = [];
  const client: Pick<PortalClient, "listTokens"> = {
    listTokens: (portalId, credential, options) =>
      new Promise((resolve, reject) => {
        const refuse = (kind: PortalErrorKind) =>
          reject(new PortalError(kind, { endpoint: "GET /", sent: "no" }));
        calls.push({ portalId, credential, priority: options?.priority, answer: resolve, refuse });
      }),
  };
  const call = (index: number): Call => {
    const found = calls[index];
    if (!found) throw new Error(`There was no call ${index}.`);
    return found;
  };
  return { client, calls, call };
}

function setUp() {
  const clock = manualClock(1_000);
  const portal = heldPortal();
  return { clock, ...portal, cache: createListCache(portal.client, { ttlMs: 5_000, clock }) };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

afterEach(() => vi.useRealTimers());

describe("sharing", () => {
  it("makes one call for everybody who looks at the same owner's tokens at once", async () => {
    const { cache, calls, call } = setUp();
    const asked = [1, 2, 3].map(() => cache.list("p", "ann", "credential"));
    call(0).answer(["t1"]);
    expect(await Promise.all(asked)).toEqual([
      { values: ["t1"], fetchedAt: 1_000, shared: false },
      { values: ["t1"], fetchedAt: 1_000, shared: true },
      { values: ["t1"], fetchedAt: 1_000, shared: true },
    ]);
    expect(calls).toHaveLength(1);
  });

  it("serves an answer for five seconds from the beginning of its call, and no longer", async () => {
    const { cache, clock, calls, call } = setUp();
    const first = cache.list("p", "ann", "credential");
    await clock.advance(1_000);
    call(0).answer(["t1"]);
    await first;
    await clock.advance(3_999);
    expect(await cache.list("p", "ann", "credential")).toMatchObject({ shared: true, fetchedAt: 1_000 });
    await clock.advance(1);
    const second = cache.list("p", "ann", "credential");
    call(1).answer(["t2"]);
    expect(await second).toEqual({ values: ["t2"], fetchedAt: 6_000, shared: false });
    expect(calls).toHaveLength(2);
  });

  // The worst thing a shared list could do: show one person's tokens to another.
  it("never gives one owner's values to another, nor one portal's", async () => {
    const { cache, calls } = setUp();
    const asked = [cache.list("p", "ann", "a"), cache.list("p", "bob", "b"), cache.list("q", "ann", "c")];
    expect(calls).toHaveLength(3);
    for (const { answer, credential } of calls) answer([credential]);
    expect((await Promise.all(asked)).map(({ values }) => values)).toEqual([["a"], ["b"], ["c"]]);
    // Keys that would collide if they were only put one after the other.
    void cache.list("p:x", "y", "d");
    void cache.list("p", "x:y", "e");
    expect(calls).toHaveLength(5);
  });

  it("gives each caller an array of their own", async () => {
    const { cache, call } = setUp();
    const first = cache.list("p", "ann", "credential");
    call(0).answer(["t1"]);
    (await first).values.push("mine");
    expect((await cache.list("p", "ann", "credential")).values).toEqual(["t1"]);
  });

  it("keeps no failure", async () => {
    const { cache, call } = setUp();
    const first = cache.list("p", "ann", "credential");
    const joined = cache.list("p", "ann", "credential");
    call(0).refuse("unavailable");
    await expect(first).rejects.toMatchObject({ kind: "unavailable" });
    await expect(joined).rejects.toMatchObject({ kind: "unavailable" });
    expect(cache.size()).toBe(0);
    const second = cache.list("p", "ann", "credential");
    call(1).answer([]);
    expect((await second).shared).toBe(false);
  });
});

describe("freshness", () => {
  it("begins a call of its own for whoever needs a fresh list, and lets others have that one", async () => {
    const { cache, calls, call } = setUp();
    const old = cache.list("p", "ann", "credential");
    const fresh = cache.list("p", "ann", "credential", { fresh: true });
    const later = cache.list("p", "ann", "credential");
    expect(calls).toHaveLength(2);
    call(1).answer(["new"]);
    call(0).answer(["old"]);
    expect((await fresh).values).toEqual(["new"]);
    expect((await later).values).toEqual(["new"]);
    expect((await old).values).toEqual(["old"]);
    expect((await cache.list("p", "ann", "credential")).values).toEqual(["new"]);
    void cache.list("p", "ann", "credential", { fresh: true });
    expect(calls).toHaveLength(3);
  });

  // A list begun before a revocation would show the revoked token as alive, one before a mint would miss the new one.
  it("hands nothing begun before an invalidation to anyone who comes after it", async () => {
    const { cache, calls, call } = setUp();
    const before = cache.list("p", "ann", "credential");
    cache.invalidate("p", "ann");
    const after = cache.list("p", "ann", "credential");
    expect(calls).toHaveLength(2);
    call(1).answer(["new"]);
    call(0).answer(["old"]);
    expect((await before).values).toEqual(["old"]);
    expect((await after).values).toEqual(["new"]);
    expect((await cache.list("p", "ann", "credential")).values).toEqual(["new"]);
    expect(calls).toHaveLength(2);

    cache.invalidate("p", "ann");
    void cache.list("p", "ann", "credential");
    expect(calls).toHaveLength(3);
  });

  it("does not keep what was begun before an invalidation even when nobody asks in between", async () => {
    const { cache, calls, call } = setUp();
    const before = cache.list("p", "ann", "credential");
    cache.invalidate("p", "ann");
    call(0).answer(["old"]);
    await before;
    expect(cache.size()).toBe(0);
    void cache.list("p", "ann", "credential");
    expect(calls).toHaveLength(2);
  });
});

describe("one caller's refusal", () => {
  it.each(["unauthorized", "forbidden"] as const)(
    "%s is not another credential's: that one asks itself",
    async (kind) => {
      const { cache, calls, call } = setUp();
      const dead = cache.list("p", "ann", "dead");
      const others = [cache.list("p", "ann", "live"), cache.list("p", "ann", "live too")];
      call(0).refuse(kind);
      await expect(dead).rejects.toMatchObject({ kind });
      await settle();
      expect(calls.map(({ credential }) => credential)).toEqual(["dead", "live"]);
      call(1).answer(["t1"]);
      expect((await Promise.all(others)).map(({ values }) => values)).toEqual([["t1"], ["t1"]]);
    },
  );

  it("is everybody's who came with the same credential", async () => {
    const { cache, calls, call } = setUp();
    const asked = [cache.list("p", "ann", "dead"), cache.list("p", "ann", "dead")];
    call(0).refuse("unauthorized");
    const results = await Promise.allSettled(asked);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(calls).toHaveLength(1);
  });

  it("for want of budget is not a revocation's, which has a share of its own", async () => {
    const { cache, calls, call } = setUp();
    const normal = cache.list("p", "ann", "credential");
    const revoke = cache.list("p", "ann", "credential", { priority: "by-hand" });
    call(0).refuse("budget");
    await expect(normal).rejects.toMatchObject({ kind: "budget" });
    await settle();
    call(1).answer([]);
    expect(await revoke).toMatchObject({ shared: false });
    expect(calls.map(({ priority }) => priority)).toEqual(["normal", "by-hand"]);
  });
});

describe("memory", () => {
  it("holds values no longer than they may be served", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { cache, call } = setUp();
    const asked = cache.list("p", "ann", "credential");
    call(0).answer(["t1"]);
    await asked;
    expect(cache.size()).toBe(1);
    vi.advanceTimersByTime(5_000);
    expect(cache.size()).toBe(0);
  });
});
