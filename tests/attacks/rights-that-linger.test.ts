import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { download } from "@/lib/server/http/respond";
import { exportAudit } from "@/lib/server/services/audit/export";
import { endOtherSessions } from "@/lib/server/services/sessions/end-others";
import { loadSession } from "@/lib/server/services/sessions/load";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { checkToken } from "@/lib/server/services/tokens/check";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { engines } from "../support/desk";
import { codeOf, type HeldDesk, only, startHeldDesk } from "../support/held-desk";
import { mintKnown } from "./support/known-token";

/*
 * A right that the portal has taken away is kept by making the desk unable to learn of it: the caller uses up their own
 * calls, the clock is set back, the answer is read slowly, or nothing is asked for but lists.
 */
describe.each(engines)("on %s, a right is not kept", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine, { env: { TOKENDESK_PORTAL_CALLS_PER_MINUTE: "100" } });
  });
  afterAll(() => t?.stop());
  beforeEach(() => t.renew());

  type SignedIn = Awaited<ReturnType<HeldDesk["signedIn"]>>;
  const pagePatienceMs = 1_500;
  const load = (ctx: SignedIn, patienceMs = 2_500) =>
    t.finish(loadSession(t.desk, ctx.sid, false, { patienceMs }));
  const demote = () => t.portal.changeUser("rosa.super@demo.example", { roles: ["USER"] });

  test("by using up one's own share of calls: to wait for it is no outage of the portal", async () => {
    const rosa = await t.signedIn("super");
    const { id } = only(await mintKnown(t, rosa, "Mine"));
    await t.pass(minutes(2));
    const ctx = await t.finish(t.again(rosa));
    await t.pass(seconds(30));
    const start = t.clock.monotonic();
    for (let count = 0; count < 60; count += 1) await t.finish(codeOf(checkToken(ctx, { id })));
    await demote();
    // Just before the first of those is a minute old, what comes then is taken by others that wait already.
    await t.pass(start + minutes(1) - 1_800 - t.clock.monotonic());
    const waiting = Array.from({ length: 60 }, () => codeOf(copyToken(ctx, { id, as: "raw" })));
    await new Promise((wake) => setTimeout(wake, 50));
    const session = await load(rosa, pagePatienceMs);
    await t.finish(Promise.all(waiting));
    expect(session?.oversees).toBe(false);
    expect(session?.admin).toBe(false);
  });

  test("by a clock that was set back", async () => {
    const rosa = await t.signedIn("super");
    for (let count = 0; count < 10; count += 1) {
      await t.pass(minutes(1));
      await load(rosa);
    }
    t.clock.setWall(t.clock.now() - minutes(9));
    await demote();
    for (let count = 0; count < 9; count += 1) {
      await t.pass(minutes(1));
      const session = await load(rosa);
      expect([session?.admin, session?.oversees]).toEqual([false, false]);
    }
    t.clock.setWall(t.clock.now() + minutes(9));
  });

  test("by the time that a portal takes to confirm it", async () => {
    const rosa = await t.signedIn("super");
    await t.pass(minutes(2));
    const { whoAmI } = t.desk.portal;
    t.desk.portal.whoAmI = async (...args) => {
      const said = await whoAmI(...args);
      await t.clock.sleep(seconds(8));
      return said;
    };
    const asked = t.clock.monotonic();
    expect((await load(rosa, 20_000))?.admin).toBe(true);
    t.desk.portal.whoAmI = whoAmI;
    await demote();
    await t.pass(asked + minutes(1) - t.clock.monotonic());
    expect((await load(rosa))?.admin).toBe(false);
  });

  test("by asking for nothing but one's lists", async () => {
    const ben = await t.signedIn("ben");
    Object.assign(t.env, { allow: [{ portal: "sim", userName: "ben@demo.example" }] });
    await t.portal.changeUser("ben@demo.example", { userName: "gone@demo.example" });
    await t.pass(minutes(20));
    const asking = { patienceMs: 2_500, lists: true };
    expect(await t.finish(loadSession(t.desk, ben.sid, true, asking))).toBeUndefined();
  });

  const exported = async (ctx: SignedIn) => {
    const { log } = t.desk;
    const reader = download(await exportAudit(ctx, { format: "jsonl" }), log, "req_1").body?.getReader();
    const first = await reader?.read();
    expect(first?.value?.length).toBeGreaterThan(30_000);
    const rest = async () => {
      let bytes = 0;
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
        bytes += part.value.length;
      return bytes;
    };
    return rest;
  };
  const manyEntries = async () => {
    const owner = await t.signedIn("apiCrm");
    const known = only(await mintKnown(t, owner, "Leaked"));
    for (let count = 0; count < 400; count += 1)
      await patchToken(owner, { id: known.id, patch: { notes: `note ${count}` } });
    return { owner, known };
  };

  test("by reading an export slowly: it breaks off with the session", async () => {
    const { owner, known } = await manyEntries();
    const thief = await t.finish(t.signedInWith(known.value));
    const rest = await exported(thief);
    await endOtherSessions(owner);
    await t.pass(minutes(1));
    await expect(rest()).rejects.toThrow("broken off");
    const own = await exported(owner);
    await t.pass(seconds(2));
    expect(await own()).toBeGreaterThan(30_000);
    await signOut(owner);
  });

  test("by reading an export slowly: it breaks off where its reader no longer oversees the trail", async () => {
    await manyEntries();
    const rosa = await t.signedIn("super");
    const rest = await exported(rosa);
    await demote();
    await t.pass(minutes(2));
    await expect(t.finish(rest())).rejects.toThrow("broken off");
  });
});
