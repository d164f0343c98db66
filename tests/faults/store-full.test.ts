import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { startWorker } from "@/lib/server/jobs/worker";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { endOtherSessions } from "@/lib/server/services/sessions/end-others";
import { endOverdueSessions } from "@/lib/server/services/sessions/end-overdue";
import { loadSession } from "@/lib/server/services/sessions/load";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { startTokenList } from "@/lib/server/services/tokens/start-list";
import { engines } from "../support/desk";
import {
  codeOf,
  connectionOf,
  entriesSince,
  fillStore,
  type HeldDesk,
  mint,
  only,
  startHeldDesk,
  trail,
} from "../support/held-desk";

/*
 * A store that can be read and takes no writes. What a person is shown then is what is known and no more than the portal
 * allows; what was recorded before it was full goes on, and is never told as what did not happen.
 */

describe.each(engines)("a store that is full, %s", (engine) => {
  let t: HeldDesk;
  let makeRoom: (() => Promise<void>) | undefined;
  const fill = async (...given: Parameters<typeof fillStore> extends [unknown, ...infer R] ? R : never) => {
    makeRoom = await fillStore(t, ...given);
  };
  const free = async () => {
    await makeRoom?.();
    makeRoom = undefined;
  };

  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterEach(async () => {
    await free();
    await t.renew();
  });
  afterAll(() => t.stop());

  const nameOf = ({ session }: SessionContext) => session.user.userName;
  const tokensOf = async (ctx: SessionContext) => (await t.portal.user(nameOf(ctx))).tokens;
  const unrecorded = { stale: true, sources: [{ state: "stale", error: "store_full" }] };

  test("F12 what the portal lists since cannot be noted: what is known is shown, and told as old", async () => {
    const ann = await t.signedIn("ann");
    const lead = await t.signedIn("leadSales");
    const before = await listTokens(ann, {});
    const seen = (await listTokens(lead, {})).items.length;
    await t.portal.addTokens(nameOf(ann), { bare: 2 });
    await t.pass(minutes(5));
    await fill();
    const again = await t.finish(t.again(ann));
    const page = await t.finish(startTokenList(again));
    expect(page).toMatchObject({ ...unrecorded, total: before.items.length });
    expect(await t.finish(listTokens(again, {}))).toMatchObject({ ...unrecorded, items: before.items });
    expect((await t.finish(listTokens(await t.finish(t.again(lead)), {}))).items).toHaveLength(seen);
    // With the portal away as well.
    await t.portal.addFault({ endpoint: "any", kind: "status", status: 503, count: null });
    await t.pass(minutes(5));
    const away = await t.finish(listTokens(await t.finish(t.again(ann)), {}));
    expect(away).toMatchObject({ stale: true, sources: [{ state: "stale", error: "portal_unavailable" }] });
    expect(away.items).toEqual(before.items);
    await t.portal.clearFaults();
    await free();
    await t.pass(minutes(1));
    const after = await t.finish(listTokens(await t.finish(t.again(ann)), {}));
    expect(after).toMatchObject({ stale: false });
    expect(after.items).toHaveLength(before.items.length + 2);
  });

  // Whoever the portal has shut out would go on reading for as long as the disk stays full.
  test("F12 a connection that the portal ended shows nothing more, though its end cannot be recorded", async () => {
    const ann = await t.signedIn("ann");
    const cleo = await t.signedIn("cleo");
    await listTokens(ann, {});
    await fill();
    await t.portal.expireAuthTokens(nameOf(ann));
    await t.portal.changeUser(nameOf(cleo), { enabled: false });
    await t.pass();
    const list = await t.finish(listTokens(ann, {}));
    expect(list).toMatchObject({ items: [], sources: [{ state: "ended", error: "connection_ended" }] });
    expect(await loadSession(t.desk, ann.sid, true)).toBeUndefined();
    await t.pass(minutes(2));
    for (const { sid } of [ann, cleo])
      expect(await t.finish(loadSession(t.desk, sid, true, { patienceMs: 2_500 }))).toBeUndefined();
    await free();
    const count = (await trail(t)).length;
    for (const { sid } of [ann, cleo])
      expect(await t.finish(loadSession(t.desk, sid, true, { patienceMs: 2_500 }))).toBeUndefined();
    expect(await entriesSince(t, count)).toEqual(["connection.end ok", "connection.end ok"]);
  });

  test("F12 a session whose time is over is over, and is ended as soon as that can be recorded", async () => {
    const ann = await t.signedIn("ann");
    await fill();
    await t.pass(minutes(31));
    expect(await loadSession(t.desk, ann.sid, true)).toBeUndefined();
    await endOverdueSessions(t.desk);
    await free();
    const count = (await trail(t)).length;
    await endOverdueSessions(t.desk);
    expect(await entriesSince(t, count)).toContain("session.end ok");
  });

  test("F12 whoever goes on reading stays signed in, and is out when they stop", async () => {
    const ann = await t.signedIn("ann");
    await fill();
    for (let passed = 0; passed < 60; passed += 10) {
      await t.pass(minutes(10));
      expect(await t.finish(t.again(ann))).toMatchObject({ session: { ownerId: ann.session.ownerId } });
    }
    await free();
    await endOverdueSessions(t.desk);
    await t.finish(t.again(ann));
    await t.pass(minutes(31));
    expect(await loadSession(t.desk, ann.sid, true)).toBeUndefined();
  });

  test("F12 nothing is sent that cannot be recorded, and the same press does it once there is room", async () => {
    const ann = await t.signedIn("ann");
    const { id } = only(await t.finish(mint(ann, "doomed")));
    const before = await tokensOf(ann);
    await fill();
    await t.portal.clearCalls();
    const value = before[0] ?? "";
    const input = { connectionId: connectionOf(ann).id, label: "new", count: 1 };
    const mintIt = () => t.finish(mintTokens(ann, { input, idempotencyKey: "key-of-a-full-disk" }));
    expect(await codeOf(t.finish(revokeToken(ann, { id, reason: "compromised" })))).toBe("store_full");
    expect(
      await codeOf(t.finish(revokeByValue(ann, { portal: "sim", token: value, reason: "compromised" }))),
    ).toBe("store_full");
    expect(await codeOf(mintIt())).toBe("store_full");
    const sent = (await t.portal.calls()).map(({ endpoint }) => endpoint);
    expect(sent.filter((endpoint) => endpoint === "revoke" || endpoint === "mint")).toEqual([]);
    expect(await tokensOf(ann)).toEqual(before);
    await free();
    expect(await t.finish(revokeToken(ann, { id, reason: "compromised" }))).toMatchObject({
      state: "revoked",
    });
    expect((await mintIt()).items).toHaveLength(1);
  });

  // Told as "not revoked" or "not minted", it would be asked for again: a second token, or a search for one that is gone.
  test("F12 what was sent before the disk was full is under way, and comes to its end", async () => {
    const ann = await t.signedIn("ann");
    const { id } = only(await t.finish(mint(ann, "doomed")));
    const before = await tokensOf(ann);
    await fill({ tables: ["operation_items"], when: "new.accepted_at is not null" });
    expect(await t.finish(revokeToken(ann, { id, reason: "unused" }))).toMatchObject({ state: "revoking" });
    expect(await tokensOf(ann)).toHaveLength(before.length - 1);
    await free();
    await fill({ tables: ["operation_items"], when: "new.state in ('done', 'checking')" });
    const input = { connectionId: connectionOf(ann).id, label: "made", count: 1 };
    const mintIt = () => t.finish(mintTokens(ann, { input, idempotencyKey: "key-of-what-was-sent" }));
    const { operationId, items } = await mintIt();
    expect([operationId, items]).toEqual([expect.any(String), undefined]);
    expect(await codeOf(mintIt())).toBe("request_in_flight");
    await free();
    for (let round = 0; round < 4; round += 1) {
      await t.pass(minutes(1));
      await t.work();
    }
    expect(await tokensOf(ann)).toHaveLength(before.length);
    const { items: listed } = await t.finish(listTokens(await t.finish(t.again(ann)), { status: "all" }));
    expect(listed.find((token) => token.id === id)).toMatchObject({ status: "revoked" });
    expect(listed.find(({ label }) => label === "made")).toMatchObject({ status: "active" });
  });

  // A 404 that was our own doing would be told as "the portal does not know it", and the token's end be nowhere.
  test("F12 a deletion whose answer could not be noted is not forgotten", async () => {
    const ann = await t.signedIn("ann");
    const [value = ""] = await t.portal.addTokens(nameOf(ann), { bare: 1 });
    const lead = await t.signedIn("leadSales");
    await fill({ tables: ["operation_items"], when: "new.accepted_at is not null" });
    const asked = { portal: "sim", token: value, reason: "compromised" } as const;
    const { operationId, state } = await t.finish(revokeByValue(lead, asked));
    expect(state).toBe("revoking");
    expect(await tokensOf(ann)).not.toContain(value);
    await free();
    await t.pass(minutes(2));
    await t.work();
    expect(await getOperation(lead, { id: operationId ?? "" })).toMatchObject({ state: "done" });
  });

  // What cannot be noted would be asked of the portal each second.
  test("F12 the worker rests on a full store, and goes on by itself", async () => {
    const ann = await t.signedIn("ann");
    const { id } = only(await t.finish(mint(ann, "doomed")));
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 503, count: null });
    expect(await t.finish(revokeToken(ann, { id, reason: "unused" }))).toMatchObject({ state: "revoking" });
    await t.portal.clearFaults();
    await t.pass(minutes(2));
    await t.portal.clearCalls();
    await fill({ tables: ["operation_items"], when: "new.state <> 'sending' or new.last_try_at is null" });
    const worker = startWorker(t.desk);
    const revokes = async () => (await t.portal.calls({ endpoint: "revoke" })).length;
    await expect.poll(revokes).toBe(1);
    await t.finish(t.clock.sleep(seconds(8)));
    expect(await revokes()).toBe(1);
    await free();
    await expect
      .poll(async () => {
        await t.finish(t.clock.sleep(seconds(1)));
        return (await listTokens(ann, { status: "revoked" })).items.some((token) => token.id === id);
      })
      .toBe(true);
    await t.finish(worker.stop());
  });
});

describe("a database that has become read-only", () => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk("postgres");
  });
  afterAll(() => t.stop());

  const administer = async (sql: string) => {
    const client = new pg.Client({ connectionString: t.env.databaseUrl });
    await client.connect();
    await client.query("set default_transaction_read_only = off");
    await client.query(sql);
    const others =
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    await client.query(others);
    await client.end();
  };

  test("F12 is read and not written, and goes on when it takes writes again", async () => {
    const ann = await t.signedIn("ann");
    const thief = await t.signedIn("ann");
    const before = (await listTokens(ann, {})).items.length;
    await t.portal.addTokens(nameOfUser(ann), { bare: 1 });
    const name = new URL(t.env.databaseUrl ?? "").pathname.slice(1);
    await administer(`alter database ${name} set default_transaction_read_only = on`);
    await t.pass();
    // The pool hears of its lost connections as it uses them.
    await expect
      .poll(() => t.finish(listTokens(ann, {})).catch(() => undefined))
      .toMatchObject({ stale: true, sources: [{ error: "store_full" }], items: { length: before } });
    const { id } = only((await t.finish(listTokens(ann, {}))).items.slice(0, 1));
    expect(await codeOf(t.finish(revokeToken(ann, { id, reason: "unused" })))).toBe("store_full");
    expect(await endOtherSessions(ann)).toEqual({ ended: 1 });
    expect(await loadSession(t.desk, thief.sid, true)).toBeUndefined();
    await administer(`alter database ${name} reset default_transaction_read_only`);
    await t.pass();
    await expect
      .poll(() => t.finish(listTokens(ann, {})).catch(() => undefined))
      .toMatchObject({ stale: false, items: { length: before + 1 } });
  });

  const nameOfUser = ({ session }: SessionContext) => session.user.userName;
});
