import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRoom } from "@/lib/server/room";
import { mostCharacters } from "@/lib/server/services/desk";
import { describedTokens } from "@/lib/server/services/tokens/described";
import { emptyToken } from "@/lib/server/services/tokens/empty";
import { listTokens } from "@/lib/server/services/tokens/list";
import { ownerById } from "@/lib/server/store/owners";
import { insertTokens } from "@/lib/server/store/tokens";
import { engines } from "../support/desk";
import { type DeskProcess, startDeskProcess } from "../support/desk-process";
import { type HeldDesk, startHeldDesk } from "../support/held-desk";

/*
 * A person may have 10,000 tokens and say three thousand characters of each: 70 MB until a list of them is written. The desk
 * has 400 MB for everybody.
 */

const longest = "字".repeat(2_000);

describe.each(engines)("on %s, whoever says much of many tokens", (engine) => {
  let t: HeldDesk;
  const keys = ["a", "b", "c"];
  beforeAll(async () => {
    const of = (parent?: string) => ({ parent, newTokens: { prefixed: 1 } });
    const users = keys.map((key) => ({ key, userName: `${key}@demo.example`, ...of("boss@demo.example") }));
    const boss = { key: "boss", userName: "boss@demo.example", roles: ["MANAGE_USERS"], ...of() };
    t = await startHeldDesk(engine, { simulator: { seed: { users: [boss, ...users] } } });
  });
  afterAll(() => t?.stop());

  /** Records of theirs, each with a note. */
  async function fill(key: string, count: number) {
    const ctx = await t.signedIn(key);
    const { ownerId } = ctx.session;
    const rows = Array.from({ length: count }, (_, index) => ({
      ...emptyToken,
      id: `tok_${key}${index}`,
      owner_id: ownerId,
      hint: "aws80:0000…0000",
      status: "active" as const,
      notes: longest,
      first_seen_at: t.clock.now(),
      // Not yet in any list, so that none finds it gone.
      listed_at: null,
      status_at: t.clock.now(),
    }));
    await t.desk.db.transaction().execute((tx) => insertTokens(tx, rows));
    return async () => {
      const owner = await ownerById(t.desk.db, ownerId);
      return owner && describedTokens(t.desk, owner, undefined, "current");
    };
  }
  const kept = () => [...t.desk.described.values()].reduce((sum, { size }) => sum + size, 0);

  test("has no more of it kept than is said for everybody, and nothing of what is more by itself", async () => {
    const ofA = await fill("a", 3_000);
    const ofB = await fill("b", 4_000);
    const ofC = await fill("c", 7_000);
    await ofA();
    expect(kept()).toBeGreaterThan(3_000 * 2_000);
    await ofB();
    expect(kept()).toBeLessThan(mostCharacters);
    // What was there stays as it is, by what is not kept.
    const before = [...t.desk.described.keys()];
    expect((await ofC())?.tokens).toHaveLength(7_000);
    expect([...t.desk.described.keys()]).toEqual(before);
  });

  test("has nobody's shown in part to who leads them: of whom there is no room is said to be left out", async () => {
    const boss = await t.signedIn("boss");
    const { items, sources } = await t.finish(listTokens(boss, {}));
    const of = (key: string) => items.filter(({ owner }) => owner.userName === `${key}@demo.example`).length;
    for (const [at, count] of [3_000, 4_000, 7_000].entries())
      expect([0, count]).toContain(of(keys[at] ?? ""));
    expect(items.length).toBeLessThanOrEqual(7_001);
    expect(sources.map(({ state, error }) => [state, error])).toEqual([["stale", "list_too_long"]]);
  });
});

describe("room for long lists", () => {
  test("has one place a person, whatever they ask for, and the others go in their order", async () => {
    const room = createRoom(2, 2);
    const inside: string[] = [];
    const enter = async (name: string) => {
      const leave = await room.enter(name.slice(0, 1));
      inside.push(name);
      return leave;
    };
    const [a1, a2, a3] = [enter("a1"), enter("a2"), enter("a3")];
    await expect(enter("a4")).rejects.toMatchObject({ code: "too_many_requests" });
    const [b1, c1] = [enter("b1"), enter("c1")];
    await setImmediate();
    expect(inside).toEqual(["a1", "b1"]);
    (await a1)();
    await setImmediate();
    expect(inside).toEqual(["a1", "b1", "a2"]);
    (await b1)();
    await setImmediate();
    expect(inside).toEqual(["a1", "b1", "a2", "c1"]);
    (await a2)();
    (await c1)();
    (await a3)();
    expect(inside).toHaveLength(5);
  });
});

describe("a desk with the heap that it is started with", () => {
  let desk: DeskProcess;
  const keys = ["a", "b", "c", "d"];
  beforeAll(async () => {
    const users = keys.map((key) => ({
      key,
      userName: `${key}@demo.example`,
      newTokens: { prefixed: 10_000 },
    }));
    desk = await startDeskProcess({ simulator: { seed: { users } } });
  });
  afterAll(() => desk?.stop());

  test("lives, whoever has their longest lists written: one after the other, and all at once", async () => {
    const cookies: string[] = [];
    for (const key of keys) {
      const client = await desk.signedIn(key);
      await client.get("/api/tokens");
      cookies.push(client.cookieHeader());
    }
    const store = new Database(join(desk.dataDir, "tokendesk.db"), { timeout: 5_000 });
    const tags = JSON.stringify(Array.from({ length: 20 }, (_, index) => `${"字".repeat(38)}${index}`));
    store.prepare("update tokens set notes = ?, tags = ?").run(longest, tags);
    store.prepare("update owners set tokens_version = tokens_version + 1").run();
    store.close();
    const list = async (cookie: string) => {
      const headers = { Cookie: cookie, "Sec-Fetch-Site": "same-origin" };
      const { status, body } = await fetch(`${desk.baseUrl}/api/tokens`, { headers });
      let bytes = 0;
      for await (const part of body ?? []) bytes += part.length;
      // A slow machine gives up waiting; what matters here is that there is an answer.
      if (status !== 504) expect([status, bytes > 80_000_000]).toEqual([200, true]);
    };
    for (const cookie of cookies) await list(cookie);
    await Promise.all(cookies.map(list));
    expect((await desk.visitor().get("/api/health/ready")).status).toBe(200);
  }, 170_000);
});
