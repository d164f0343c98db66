import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { days, hours, minutes, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { startWorker } from "@/lib/server/jobs/worker";
import { forgetSome } from "@/lib/server/services/sessions/forget";
import { loadSession } from "@/lib/server/services/sessions/load";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import type { Schema } from "@/lib/server/store/schema";
import { endSession } from "@/lib/server/store/sessions";
import { engines } from "../../support/desk";
import { codeOf, connectionOf, type HeldDesk, startHeldDesk } from "../../support/held-desk";
import { writeUse } from "../../support/history";
import { noteStatements } from "../../support/statements";

describe.each(engines)("what nobody needs any more on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
    const { desk, clock } = t;
    const ctx = await t.signedIn("apiCrm");
    const { ownerId } = ctx.session;
    const person = { ownerId, userId: "1", userName: "api-crm@demo.example" };
    const about = { portal: "sim", people: [person], until: clock.now() };
    await writeUse(
      desk.db,
      { ...about, spanMs: days(180) },
      { sessions: 1_000, operations: 100, failures: 0 },
    );
    await writeUse(desk.db, { ...about, spanMs: days(2) }, { sessions: 0, operations: 0, failures: 2_000 });
    // What earlier versions left: what a mint began from, though it is over.
    await desk.db.updateTable("operations").set({ baseline: '["tok"]' }).where("kind", "=", "mint").execute();
    const [mint] = await desk.db
      .selectFrom("operations")
      .selectAll()
      .where("kind", "=", "mint")
      .limit(1)
      .execute();
    if (!mint) throw new Error("no mint");
    const open = { ...mint, id: newId("op"), idempotency_key: null, state: "checking" as const };
    await desk.db.insertInto("operations").values(open).execute();
    // A connection that ended long ago in a session that is open, and a session that has been open for long.
    const old = { created_at: clock.now() - days(200), ended_at: clock.now() - days(199) };
    const connection = await desk.db
      .selectFrom("connections")
      .selectAll()
      .where("id", "=", connectionOf(ctx).id)
      .executeTakeFirstOrThrow();
    await desk.db
      .insertInto("connections")
      .values({ ...connection, ...old, id: newId("con"), state: "ended", sealed_credential: null })
      .execute();
    await desk.db
      .updateTable("sessions")
      .set({ created_at: old.created_at })
      .where("id", "=", ctx.session.id)
      .execute();
  });
  afterAll(() => t?.stop());

  const tables = [
    ...(["sessions", "connections", "operations", "operation_items", "tokens"] as const),
    ...(["owners", "sign_in_failures", "audit"] as const),
  ];
  const rowsOf = async <T extends keyof Schema>(table: T): Promise<Schema[T][]> =>
    (await t.desk.db.selectFrom(table).selectAll().execute()) as Schema[T][];
  const whole = async () => {
    const all: Record<string, string[]> = {};
    for (const table of tables) all[table] = (await rowsOf(table)).map((row) => JSON.stringify(row)).sort();
    return all;
  };
  const forgetAll = async () => {
    let rounds = 1;
    while (await forgetSome(t.desk)) rounds += 1;
    return rounds;
  };

  test("stays while the clock is set back", async () => {
    const before = await whole();
    const now = t.clock.now();
    t.clock.setWall(now - days(365));
    expect(await forgetSome(t.desk)).toBe(true);
    const { operations: _, ...kept } = await whole();
    t.clock.setWall(now);
    expect(before).toMatchObject(kept);
  });

  test("is forgotten a little at a time, and nothing else is", async () => {
    const now = t.clock.now();
    const isKept = ({ ended_at }: { ended_at: number | null }) =>
      ended_at === null || ended_at >= now - days(30);
    const sessions = (await rowsOf("sessions")).filter(isKept);
    const ids = new Set(sessions.map(({ id }) => id));
    const text = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
    const expected = {
      ...(await whole()),
      sessions: text(sessions),
      connections: text((await rowsOf("connections")).filter(({ session_id }) => ids.has(session_id))),
      sign_in_failures: text(
        (await rowsOf("sign_in_failures")).filter(({ updated_at }) => updated_at >= now - days(1)),
      ),
      operations: text(
        (await rowsOf("operations")).map((row) =>
          row.state === "checking" ? row : { ...row, baseline: null },
        ),
      ),
    };
    expect(sessions.length).toBeGreaterThan(100);
    expect(expected.sign_in_failures?.length).toBeGreaterThan(400);
    const asked = noteStatements(t.desk.db);
    expect(await forgetAll()).toBeGreaterThan(3);
    expect(Math.max(...asked.map(({ rows }) => rows))).toBeLessThanOrEqual(500);
    expect(await whole()).toEqual(expected);
    expect(await forgetAll()).toBe(1);
  });

  // A counter that is forgotten too early would be as many guesses more.
  test("is no counter of failures that still counts", async () => {
    const { userName, password } = t.passwordOf("ben");
    const ip = "203.0.113.9";
    const guess = (typed: string) =>
      codeOf(signIn(t.visitor(ip), { portal: "sim", username: userName, password: typed }));
    for (let tries = 0; tries < 5; tries += 1) await guess(newId("no"));
    await t.pass(minutes(14));
    await forgetAll();
    for (let tries = 0; tries < 3; tries += 1) await guess(newId("no"));
    await forgetAll();
    expect(await guess(password)).toBe("throttled");
    await t.pass(hours(25));
    await forgetAll();
    expect(await rowsOf("sign_in_failures")).toEqual([]);
    expect(await guess(password)).toBe("ok");
  });

  test("opens nothing: the cookie of a session that is forgotten is nobody's", async () => {
    const ctx = await t.signedIn("ann");
    await signOut(ctx);
    await t.pass(days(31));
    await forgetAll();
    expect((await rowsOf("sessions")).map(({ id }) => id)).not.toContain(ctx.session.id);
    expect(await loadSession(t.desk, ctx.sid, true)).toBeUndefined();
    const { userName, password } = t.passwordOf("ann");
    await signIn(t.visitor(), { portal: "sim", username: userName, password }, ctx.sid);
    expect(await t.desk.db.transaction().execute((tx) => endSession(tx, ctx.session.id, 0, "ended"))).toBe(
      false,
    );
  });

  test("is forgotten by the worker, until nothing is left", async () => {
    const about = { portal: "sim", people: [{ ownerId: "own", userId: "1", userName: "ann" }] };
    const until = t.clock.now() - days(2);
    await writeUse(t.desk.db, { ...about, until }, { sessions: 0, operations: 0, failures: 250 });
    const worker = startWorker(t.desk);
    const left = async () => (await rowsOf("sign_in_failures")).some(({ updated_at }) => updated_at <= until);
    const none = async () => {
      while (await left()) await t.clock.sleep(seconds(1));
    };
    await t.finish(none());
    await t.finish(worker.stop());
  });
});
