import type { KyselyPlugin } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { measuring } from "@/lib/server/metrics/current";
import { startMetrics } from "@/lib/server/metrics/start";
import { forget } from "@/lib/server/runtime";
import { verifyTrail } from "@/lib/server/services/audit/watch";
import { readMetrics } from "@/lib/server/services/health/metrics";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import type { Db } from "@/lib/server/store/schema";
import { engines } from "../../support/desk";
import { codeOf, fillStore, type HeldDesk, mint, only, startHeldDesk } from "../../support/held-desk";

describe.each(engines)("what is measured of a desk on %s", (engine) => {
  let t: HeldDesk;
  let makeRoom: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    // Before the store is opened, as at a start.
    startMetrics("1.2.3");
    t = await startHeldDesk(engine, { env: { TOKENDESK_PORTAL_CALLS_PER_MINUTE: "100" } });
  });
  afterEach(async () => {
    await makeRoom?.();
    makeRoom = undefined;
    await t.renew();
  });
  afterAll(async () => {
    await t?.stop();
    forget("metrics");
  });

  const scrape = async (): Promise<string[]> => {
    const told = await t.finish(readMetrics(t.desk));
    return told?.text.split("\n") ?? [];
  };
  /** The values of a metric by its labels, as they stand; by "" where it has none. */
  const valuesOf = (lines: string[], name: string): Record<string, number> =>
    Object.fromEntries(
      lines
        .filter((line) => new RegExp(`^tokendesk_${name}[{ ]`).test(line))
        .map((line) => {
          const [, labels = "", value = ""] = /^\w+(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
          return [labels, Number(value)];
        }),
    );
  const oneOf = (lines: string[], name: string, labels = "") => valuesOf(lines, name)[labels];

  test("says that it is ready, and which version it is", async () => {
    const lines = await scrape();
    expect(valuesOf(lines, "build_info")).toEqual({ 'version="1.2.3"': 1 });
    expect([oneOf(lines, "ready"), oneOf(lines, "standby"), oneOf(lines, "store_full")]).toEqual([1, 0, 0]);
  });

  test("operations that are open by kind and state, the oldest unproven revocation, and what they came to", async () => {
    const ended = (lines: string[]) => valuesOf(lines, "operations_ended_total");
    const before = ended(await scrape());
    const ctx = await t.signedIn("ann");
    const { id } = only(await t.finish(mint(ctx, "Watched")));
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 503, count: null });
    await t.finish(revokeToken(ctx, { id, reason: "compromised" }));
    await t.pass(minutes(2));
    const during = await scrape();
    expect(oneOf(during, "operation_items_open", 'kind="revoke",state="checking"')).toBe(1);
    expect(oneOf(during, "operation_items_open", 'kind="mint",state="checking"')).toBe(0);
    const age = oneOf(during, "revocation_unproven_age_seconds") ?? 0;
    expect(age).toBeGreaterThanOrEqual(120);
    expect(age).toBeLessThan(200);

    await t.portal.clearFaults();
    await t.pass(minutes(2));
    await t.work();
    await t.work();
    const after = await scrape();
    expect(Object.values(valuesOf(after, "operation_items_open"))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(oneOf(after, "revocation_unproven_age_seconds")).toBe(0);
    const more = Object.entries(ended(after)).filter(([labels, value]) => value !== before[labels]);
    expect(more.map(([labels, value]) => [labels, value - (before[labels] ?? 0)]).sort()).toEqual([
      ['kind="mint",outcome="done"', 1],
      ['kind="revoke",outcome="done"', 1],
    ]);
  });

  test("an operation that failed counts once, however often it is looked at", async () => {
    const failed = 'kind="mint",outcome="failed"';
    const before = oneOf(await scrape(), "operations_ended_total", failed) ?? 0;
    const ctx = await t.signedIn("ben");
    await t.portal.addFault({ endpoint: "mint", kind: "status", status: 429, retryAfter: "1" });
    expect(await codeOf(t.finish(mint(ctx, "Refused")))).toBe("portal_limited");
    await t.work();
    expect(oneOf(await scrape(), "operations_ended_total", failed)).toBe(before + 1);
  });

  test("the way to a portal: calls that are left, a pause, and whether it answers", async () => {
    const sim = 'portal="sim"';
    const idle = await scrape();
    expect([oneOf(idle, "portal_calls_left", sim), oneOf(idle, "portal_calls_limit", sim)]).toEqual([
      100, 100,
    ]);
    await t.signedIn("ann");
    const used = await scrape();
    expect(oneOf(used, "portal_calls_left", sim)).toBeLessThan(100);
    expect([oneOf(used, "portal_pause_seconds", sim), oneOf(used, "portal_breaker_open", sim)]).toEqual([
      0, 0,
    ]);
    // Nobody asks the others.
    expect(oneOf(used, "portal_calls_left", 'portal="vacd"')).toBe(100);

    await t.portal.addFault({ endpoint: "login", kind: "status", status: 429, retryAfter: "30" });
    expect(await codeOf(t.finish(t.signedIn("ben")))).toBe("portal_limited");
    const paused = oneOf(await scrape(), "portal_pause_seconds", sim) ?? 0;
    expect(paused).toBeGreaterThan(25);
    expect(paused).toBeLessThanOrEqual(30);
    await t.pass(seconds(31));

    await t.portal.addFault({ endpoint: "login", kind: "status", status: 503, count: null });
    for (let tries = 0; tries < 5; tries += 1)
      expect(await codeOf(t.finish(t.signedIn("ben")))).toBe("portal_unavailable");
    expect(oneOf(await scrape(), "portal_breaker_open", sim)).toBe(1);
    const calls = valuesOf(await scrape(), "portal_calls_total");
    const login = (rest: string) => calls[`${sim},endpoint="POST /v1/auth/login",${rest}`];
    expect(login('outcome="server_error",status="5xx"')).toBe(5);
    expect(login('outcome="rate_limited",status="4xx"')).toBe(1);
  });

  test("sessions, the trail's length and age, its checkpoint, and whether it verified", async () => {
    await t.work();
    const before = await scrape();
    await t.signedIn("cleo");
    await t.pass(seconds(20));
    const signedIn = await scrape();
    const moreOf = (name: string) => (oneOf(signedIn, name) ?? 0) - (oneOf(before, name) ?? 0);
    expect(moreOf("sessions_open")).toBe(1);
    expect(moreOf("trail_entries")).toBeGreaterThan(0);
    expect(oneOf(signedIn, "trail_entry_age_seconds")).toBeGreaterThanOrEqual(20);
    expect(moreOf("checkpoint_behind_entries")).toBe(moreOf("trail_entries"));

    await t.pass(seconds(61));
    await t.work();
    await t.pass(seconds(5));
    const marked = await scrape();
    expect(oneOf(marked, "checkpoint_behind_entries")).toBe(0);
    expect(oneOf(marked, "checkpoint_age_seconds")).toBeCloseTo(5, 0);

    await verifyTrail(t.desk);
    await t.pass(seconds(7));
    const verified = await scrape();
    expect([oneOf(verified, "trail_verified"), oneOf(verified, "trail_verified_age_seconds")]).toEqual([
      1, 7,
    ]);
    t.desk.trail.state = { ...(await verifyTrail(t.desk)), ok: false };
    expect(oneOf(await scrape(), "trail_verified")).toBe(0);
    t.desk.trail.state = undefined;
    expect(valuesOf(await scrape(), "trail_verified")).toEqual({});
  });

  test("the store's time by what it did", async () => {
    const count = (lines: string[], step: string) =>
      oneOf(lines, "store_duration_seconds_count", `step="${step}"`) ?? 0;
    const before = await scrape();
    await t.signedIn("ann");
    const after = await scrape();
    for (const step of ["wait", "read", "write", "commit"])
      expect([step, count(after, step) > count(before, step)]).toEqual([step, true]);
  });

  test("a store that takes no writes is told as that, with what can be read", async () => {
    const entries = oneOf(await scrape(), "trail_entries");
    makeRoom = await fillStore(t);
    const lines = await scrape();
    expect([oneOf(lines, "ready"), oneOf(lines, "store_full")]).toEqual([0, 1]);
    expect(oneOf(lines, "trail_entries")).toBe(entries);
  });

  /** A store that answers when it is let. */
  function silent(db: Db): { db: Db; answer: () => void } {
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const plugin: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: ({ result }) => held.then(() => result),
    };
    return { db: db.withPlugin(plugin), answer };
  }

  // An old figure says that all is well for as long as nothing is.
  test.each(["is away", "does not answer"])(
    "of a store that %s there is no figure, and all else is told",
    async (how) => {
      await scrape();
      const { db } = t.desk;
      const other = silent(db);
      Object.assign(t.desk, { db: how === "is away" ? undefined : other.db });
      const lines = await scrape();
      other.answer();
      t.desk.db = db;
      expect(oneOf(lines, "ready")).toBe(0);
      for (const name of [
        "trail_entries",
        "sessions_open",
        "operation_items_open",
        "revocation_unproven_age_seconds",
      ])
        expect([name, valuesOf(lines, name)]).toEqual([name, {}]);
      expect(oneOf(lines, "portal_calls_limit", 'portal="sim"')).toBe(100);
      expect(oneOf(await scrape(), "ready")).toBe(1);
    },
  );

  // Each reading writes to the store: hundreds at once would have everybody wait for them.
  test("is read once for all who ask meanwhile, and anew for the next", async () => {
    const { db } = t.desk;
    let statements = 0;
    const counting: KyselyPlugin = {
      transformQuery({ node }) {
        statements += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    t.desk.db = db.withPlugin(counting);
    await scrape();
    const once = statements;
    expect(once).toBeGreaterThan(3);
    const told = await t.finish(Promise.all(Array.from({ length: 50 }, () => readMetrics(t.desk))));
    expect(statements).toBe(2 * once);
    expect(new Set(told.map((one) => one?.text)).size).toBe(1);
    await scrape();
    expect(statements).toBe(3 * once);
    t.desk.db = db;
  });

  test("nothing is told where nothing is measured", async () => {
    const { instruments } = measuring();
    forget("metrics");
    expect(await t.finish(readMetrics(t.desk))).toBeUndefined();
    measuring().instruments = instruments;
  });
});
