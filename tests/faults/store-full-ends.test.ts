import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { minutes } from "@/lib/server/clock";
import { disconnect } from "@/lib/server/services/connections/disconnect";
import { lendableConnections } from "@/lib/server/services/connections/lendable";
import type { SessionContext } from "@/lib/server/services/context";
import { endSessionById } from "@/lib/server/services/sessions/end";
import { endOtherSessions } from "@/lib/server/services/sessions/end-others";
import { endOverdueSessions } from "@/lib/server/services/sessions/end-overdue";
import { listSessions } from "@/lib/server/services/sessions/list";
import { loadSession } from "@/lib/server/services/sessions/load";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { checkToken } from "@/lib/server/services/tokens/check";
import { listTokens } from "@/lib/server/services/tokens/list";
import { engines } from "../support/desk";
import {
  codeOf,
  connectionOf,
  fillStore,
  type HeldDesk,
  only,
  startHeldDesk,
  trail,
} from "../support/held-desk";

/* What ends while the store takes no writes has ended: at once, for whoever holds it, and on record when there is room. */

type SignedIn = Awaited<ReturnType<HeldDesk["signedIn"]>>;

describe.each(engines)("what ends while the store is full, %s", (engine) => {
  let t: HeldDesk;
  let makeRoom: (() => Promise<void>) | undefined;
  const fill = async () => {
    makeRoom = await fillStore(t);
  };
  const free = async () => {
    await makeRoom?.();
    makeRoom = undefined;
  };

  beforeAll(async () => {
    t = await startHeldDesk(engine, { env: { TOKENDESK_ADMINS: "sim:ben@demo.example" } });
  });
  afterEach(async () => {
    await free();
    await t.renew();
    await endOverdueSessions(t.desk);
  });
  afterAll(() => t.stop());

  const isIn = async ({ sid }: SignedIn) =>
    (await t.finish(loadSession(t.desk, sid, true, { patienceMs: 2_500 }))) !== undefined;
  const reasonOf = async ({ session }: SessionContext) =>
    (
      await t.desk.db
        .selectFrom("sessions")
        .select("end_reason")
        .where("id", "=", session.id)
        .executeTakeFirstOrThrow()
    ).end_reason;
  const entriesOf = async (work: () => Promise<unknown>) => {
    const count = (await trail(t)).length;
    await work();
    return (await trail(t)).slice(count);
  };

  test("F12 a session that lives in memory alone is listed, and does not outlive the end of all others", async () => {
    const ann = await t.signedIn("ann");
    const thief = await t.signedIn("ann");
    await fill();
    for (let passed = 0; passed < 40; passed += 10) {
      await t.pass(minutes(10));
      expect([await isIn(ann), await isIn(thief)]).toEqual([true, true]);
    }
    const again = await t.finish(t.again(ann));
    const listed = (await listSessions(again)).items;
    expect(listed.map(({ id }) => id).sort()).toEqual([ann.session.id, thief.session.id].sort());
    await free();
    expect(await endOtherSessions(again)).toEqual({ ended: 1 });
    expect([await isIn(ann), await isIn(thief)]).toEqual([true, false]);
  });

  test("F12 nobody goes on by a token whose death another connection learned, though it cannot be recorded", async () => {
    const [value = ""] = await t.portal.addTokens((await t.signedIn("ann")).session.user.userName, {
      bare: 1,
    });
    const [one, other] = [await t.signedInWith(value), await t.signedInWith(value)];
    await t.finish(listTokens(one, {}));
    await fill();
    await t.portal.removeTokens([value]);
    await t.pass(minutes(2));
    expect(await isIn(one)).toBe(false);
    await t.portal.addFault({ endpoint: "any", kind: "status", status: 503, count: null });
    expect(await isIn(other)).toBe(false);
    await free();
    const entries = await entriesOf(() => endOverdueSessions(t.desk));
    const told = entries.map(({ action, detail }) => `${action} ${detail?.reason}`);
    expect(told.sort()).toEqual(["connection.end portal_401", "connection.end token_ended"]);
  });

  test("F12 a cookie that was signed out is worth nothing, though its end cannot be recorded", async () => {
    const ann = await t.signedIn("ann");
    const { ownerId } = ann.session;
    await fill();
    await signOut(ann);
    expect(await isIn(ann)).toBe(false);
    expect(await lendableConnections(t.desk, ownerId)).toEqual([]);
    // What had begun before goes no further either.
    expect(await codeOf(t.finish(listTokens(ann, {})))).not.toBe("internal");
    await endOverdueSessions(t.desk);
    expect(await reasonOf(ann)).toBeNull();
    await free();
    const entries = await entriesOf(() => endOverdueSessions(t.desk));
    expect(entries).toMatchObject([{ action: "session.sign_out", result: "ok", actor: { ownerId } }]);
    expect(await entriesOf(() => endOverdueSessions(t.desk))).toEqual([]);
    expect([await reasonOf(ann), await isIn(ann)]).toEqual(["signed_out", false]);
  });

  test("F12 a thief is out when their victim or an admin ends the session, though it cannot be recorded", async () => {
    const ann = await t.signedIn("ann");
    const [first, second, third] = [
      await t.signedIn("ann"),
      await t.signedIn("ann"),
      await t.signedIn("ann"),
    ];
    const ben = await t.signedIn("ben");
    await fill();
    await endSessionById(ann, { id: first.session.id });
    expect([await isIn(first), await isIn(second), await isIn(third)]).toEqual([false, true, true]);
    await endSessionById(ben, { id: second.session.id });
    expect(await endOtherSessions(ann)).toEqual({ ended: 1 });
    for (const thief of [first, second, third]) expect(await isIn(thief)).toBe(false);
    expect((await listSessions(ann)).items).toMatchObject([{ id: ann.session.id }]);
    expect(await isIn(ann)).toBe(true);
    await free();
    // Whoever meets one first writes it down, and the worker the others.
    const entries = await entriesOf(async () => {
      expect(await isIn(third)).toBe(false);
      await endOverdueSessions(t.desk);
    });
    const told = entries.map(({ action, actor }) => [action, actor.ownerId, actor.role].join(" "));
    const byAnn = `session.end ${ann.session.ownerId} `;
    expect(told.sort()).toEqual([byAnn, byAnn, `session.end ${ben.session.ownerId} admin`].sort());
    for (const thief of [first, second, third]) expect(await reasonOf(thief)).toBe("ended");
  });

  test("F12 a full disk lets nobody end what is not theirs to end", async () => {
    const ann = await t.signedIn("ann");
    const cleo = await t.signedIn("cleo");
    const [value = ""] = await t.portal.addTokens(ann.session.user.userName, { bare: 1 });
    await t.finish(listTokens(ann, {}));
    const byToken = await t.signedInWith(value);
    await fill();
    for (const { session } of [ann, byToken])
      expect(await codeOf(endSessionById(cleo, { id: session.id }))).toBe("store_full");
    expect(await codeOf(endSessionById(byToken, { id: ann.session.id }))).toBe("store_full");
    expect(await endOtherSessions(byToken)).toEqual({ ended: 0 });
    expect([await isIn(ann), await isIn(byToken)]).toEqual([true, true]);
  });

  test("F12 a connection that was given up acts for nobody, though its end cannot be recorded", async () => {
    const ann = await t.signedIn("ann");
    const { ownerId } = ann.session;
    await fill();
    await disconnect(ann, { id: connectionOf(ann).id });
    expect(await isIn(ann)).toBe(false);
    expect(await codeOf(t.finish(checkToken(ann, { id: "tok_none" })))).not.toBe("ok");
    expect(await lendableConnections(t.desk, ownerId)).toEqual([]);
    await free();
    const entries = await entriesOf(() => endOverdueSessions(t.desk));
    expect(only(entries)).toMatchObject({
      action: "connection.end",
      actor: { ownerId },
      detail: { reason: "disconnected" },
    });
    expect([await reasonOf(ann), await isIn(ann)]).toEqual(["disconnected", false]);
  });
});
