import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hours, minutes } from "@/lib/server/clock";
import { listAudit } from "@/lib/server/services/audit/list";
import { connect } from "@/lib/server/services/connections/connect";
import type { SessionContext } from "@/lib/server/services/context";
import { driveDueRevocations } from "@/lib/server/services/operations/resume";
import { endSessionById } from "@/lib/server/services/sessions/end";
import { endOtherSessions } from "@/lib/server/services/sessions/end-others";
import { endOverdueSessions } from "@/lib/server/services/sessions/end-overdue";
import { listSessions } from "@/lib/server/services/sessions/list";
import { loadSession } from "@/lib/server/services/sessions/load";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { engines } from "../../support/desk";
import {
  breakAudit,
  codeOf,
  entriesSince,
  type HeldDesk,
  mint,
  only,
  startHeldDesk,
  trail,
} from "../../support/held-desk";

type SignedIn = Awaited<ReturnType<HeldDesk["signedIn"]>>;

describe.each(engines)("sessions on %s", (engine) => {
  let t: HeldDesk;
  beforeEach(async () => {
    t = await startHeldDesk(engine);
  });
  afterEach(() => t?.stop());

  const idsOf = async (ctx: SessionContext) => (await listSessions(ctx)).items.map(({ id }) => id);
  const isOpen = async ({ sid }: SignedIn) => (await loadSession(t.desk, sid, true)) !== undefined;
  const credentialsOf = async ({ session }: SessionContext) => {
    const rows = await t.desk.db
      .selectFrom("connections")
      .select("sealed_credential")
      .where("session_id", "=", session.id)
      .execute();
    return rows.map(({ sealed_credential }) => sealed_credential);
  };
  const byToken = async (user: string, index: number) => {
    const apiToken = t.simulator.seed.user(user).tokens[index] ?? "";
    const { sid } = await signIn(t.visitor(), { portal: "sim", apiToken });
    return t.again({ sid } as SignedIn);
  };

  test("many that end at once leave others their turn in between", async () => {
    const ctx = await t.signedIn("ann");
    const row = await t.desk.db
      .selectFrom("sessions")
      .selectAll()
      .where("id", "=", ctx.session.id)
      .executeTakeFirstOrThrow();
    for (let i = 0; i < 20; i += 1)
      await t.desk.db
        .insertInto("sessions")
        .values({ ...row, id: `ses_${i}`, sid_hash: `${i}` })
        .execute();
    await t.pass(minutes(31));
    let turns = 0;
    const turn = () => {
      turns += 1;
      if (turns < 1_000) next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    await endOverdueSessions(t.desk);
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(20);
  });

  test("a person sees where they are signed in, since when, from where, and when it ends", async () => {
    const first = await t.signedIn("ann");
    const { userName, password } = t.passwordOf("apiCrm");
    await t.pass(1);
    await connect(first, { portal: "sim", username: userName, password });
    await t.pass(minutes(5) - 1);
    const second = await t.signedIn("ann");
    await t.signedIn("ben");
    const { items } = await listSessions(second);
    expect(items.map(({ id, current, own }) => [id, current, own])).toEqual([
      [second.session.id, true, true],
      [first.session.id, false, true],
    ]);
    const now = t.clock.now();
    expect(items[1]).toEqual({
      id: first.session.id,
      user: { portal: "sim", userName: "ann@demo.example", fullName: "Ann Weber" },
      connections: [
        { portal: "sim", userName: "ann@demo.example" },
        { portal: "sim", userName: "api-crm@demo.example" },
      ],
      startedAt: new Date(now - minutes(5)).toISOString(),
      lastActiveAt: new Date(now - minutes(5)).toISOString(),
      idleExpiresAt: new Date(now + minutes(25)).toISOString(),
      expiresAt: new Date(now + hours(12) - minutes(5)).toISOString(),
      ip: "192.0.2.1",
      device: { name: "No known browser", kind: "program" },
      current: false,
      own: true,
    });
  });

  test("neither the session id nor its hash is in a list", async () => {
    const ctx = await t.signedIn("super");
    const rows = await t.desk.db.selectFrom("sessions").select("sid_hash").execute();
    const text = JSON.stringify(await listSessions(ctx));
    for (const secret of [ctx.sid, ...rows.map(({ sid_hash }) => sid_hash)])
      expect(text).not.toContain(secret);
  });

  test("desk admins see everybody's, their own first; nobody else does, a lead neither", async () => {
    const ann = await t.signedIn("ann");
    const lena = await t.signedIn("leadSales");
    const other = await t.signedIn("super");
    const rosa = await t.signedIn("super");
    expect(await idsOf(lena)).toEqual([lena.session.id]);
    const { items } = await listSessions(rosa);
    expect(items.map(({ own }) => own)).toEqual([true, true, false, false]);
    expect(items.slice(0, 2).map(({ id }) => id)).toEqual([rosa.session.id, other.session.id]);
    expect(new Set(items.slice(2).map(({ id }) => id))).toEqual(new Set([ann.session.id, lena.session.id]));
  });

  test("one that is over is not listed, noticed or not, and cannot be ended", async () => {
    const idle = await t.signedIn("ann");
    await t.pass(minutes(30));
    const ctx = await t.signedIn("ann");
    expect(await idsOf(ctx)).toEqual([ctx.session.id]);
    await t.work();
    expect(await codeOf(endSessionById(ctx, { id: idle.session.id }))).toBe("not_found");
  });

  test("ending one takes effect at its next call, erases its credentials, and is in the trail", async () => {
    const here = await t.signedIn("ann");
    const there = await t.signedIn("ann");
    const before = (await trail(t)).length;
    expect(await isOpen(there)).toBe(true);
    await endSessionById(here, { id: there.session.id });
    expect(await isOpen(there)).toBe(false);
    expect(await isOpen(here)).toBe(true);
    expect(await credentialsOf(there)).toEqual([null]);
    expect(only((await trail(t)).slice(before))).toMatchObject({
      action: "session.end",
      result: "ok",
      actor: { userName: "ann@demo.example" },
      target: { userName: "ann@demo.example", portal: "sim" },
      detail: { signedInAt: t.clock.now(), from: "192.0.2.1" },
    });
    expect(await codeOf(endSessionById(here, { id: there.session.id }))).toBe("not_found");
    expect((await trail(t)).length).toBe(before + 1);
  });

  // A tab that nobody sits at must not keep the person's own session at the portal alive, nor act there by it.
  test("a tab that polls for half an hour is out, and its credential is used for nothing from then on", async () => {
    const ctx = await t.signedIn("apiCrm");
    const token = only(await mint(ctx, "To go"));
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 503, count: null });
    await t.finish(revokeToken(ctx, { id: token.id, reason: "compromised" }));
    const poll = async () => {
      const session = await loadSession(t.desk, ctx.sid, false);
      if (session) await t.finish(listTokens({ ...t.visitor(), session }, {}));
      return session !== undefined;
    };
    await t.portal.clearCalls();
    for (let minute = 1; minute < 30; minute += 1) {
      expect(await poll()).toBe(true);
      await t.pass(minutes(1) - (t.clock.now() % minutes(1)));
    }
    const { credential } = only((await t.portal.calls({ endpoint: "list" })).slice(-1));
    expect(credential).toMatch(/^[0-9a-f]{12}$/);
    await t.pass(minutes(2));
    await t.portal.clearCalls();
    await t.portal.clearFaults();
    // Nor by the worker, before anybody has noticed the end: the revocation goes on by the token's own right.
    await t.finish(driveDueRevocations(t.desk));
    expect(await poll()).toBe(false);
    const calls = await t.portal.calls();
    expect(calls.map(({ endpoint }) => endpoint)).toContain("revoke");
    expect(calls.filter((call) => call.credential === credential)).toEqual([]);
    expect((await t.portal.user("api-crm@demo.example")).tokens).toHaveLength(4);
  });

  test("ending the one that asks signs it out", async () => {
    const ctx = await t.signedIn("ann");
    await endSessionById(ctx, { id: ctx.session.id });
    expect(await isOpen(ctx)).toBe(false);
  });

  test("somebody else's is not there; the try is in the trail, and in that person's", async () => {
    const ann = await t.signedIn("ann");
    // Whoever may revoke a person's tokens may still not throw them out.
    for (const user of ["ben", "leadSales"]) {
      const curious = await t.signedIn(user);
      const before = (await trail(t)).length;
      expect(await codeOf(endSessionById(curious, { id: ann.session.id }))).toBe("not_found");
      expect(await codeOf(endSessionById(curious, { id: `ses_${"a".repeat(26)}` }))).toBe("not_found");
      expect(await entriesSince(t, before)).toEqual(["session.end refused"]);
    }
    expect(await isOpen(ann)).toBe(true);
    const seen = (await listAudit(ann, { action: "session.end" })).items.map(({ actor }) => actor.userName);
    expect(seen).toEqual(["lena.lead@demo.example", "ben@demo.example"]);
  });

  test("a desk admin ends anybody's, and the trail says that it was an admin", async () => {
    const ann = await t.signedIn("ann");
    const rosa = await t.signedIn("super");
    await endSessionById(rosa, { id: ann.session.id });
    expect(await isOpen(ann)).toBe(false);
    expect((await trail(t)).at(-1)).toMatchObject({
      action: "session.end",
      actor: { userName: "rosa.super@demo.example", role: "admin" },
      target: { userName: "ann@demo.example" },
    });
  });

  test("all others of one's own end at once; this one and other people's go on", async () => {
    const [here, second, third] = [
      await t.signedIn("super"),
      await t.signedIn("super"),
      await t.signedIn("super"),
    ];
    const ann = await t.signedIn("ann");
    const before = (await trail(t)).length;
    expect(await endOtherSessions(here)).toEqual({ ended: 2 });
    expect(await Promise.all([here, second, third, ann].map(isOpen))).toEqual([true, false, false, true]);
    expect([...(await credentialsOf(second)), ...(await credentialsOf(third))]).toEqual([null, null]);
    expect(await entriesSince(t, before)).toEqual(["session.end ok", "session.end ok"]);
    expect(await endOtherSessions(here)).toEqual({ ended: 0 });
  });

  test("two who end each other's at the same moment: each session ends once", async () => {
    const people = [await t.signedIn("ann"), await t.signedIn("ann"), await t.signedIn("ann")];
    const before = (await trail(t)).length;
    const answers = await Promise.allSettled(people.map((ctx) => endOtherSessions(ctx)));
    // Whoever was ended first ends nobody any more.
    const ended = answers.reduce((sum, one) => sum + (one.status === "fulfilled" ? one.value.ended : 0), 0);
    expect(ended).toBe(2);
    for (const one of answers)
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "session_ended" });
    expect(await entriesSince(t, before)).toEqual(Array.from({ length: ended }, () => "session.end ok"));
    expect((await Promise.all(people.map(isOpen))).filter((open) => !open)).toHaveLength(ended);
  });

  test("what cannot be audited does not end", async () => {
    const [here, there] = [await t.signedIn("ann"), await t.signedIn("ann")];
    const repair = await breakAudit(t);
    expect(await codeOf(endSessionById(here, { id: there.session.id }))).toBe("audit_unavailable");
    expect(await codeOf(endOtherSessions(here))).toBe("audit_unavailable");
    await repair();
    expect(await isOpen(there)).toBe(true);
    expect(await credentialsOf(there)).not.toContain(null);
  });

  test("those of an owner who turned out to be the same person are one's own, in however many steps", async () => {
    await t.portal.setOptions({ variants: { who: "absent" } });
    const unknown = [await byToken("apiCrm", 0), await byToken("apiCrm", 1)];
    // A list that they share makes the two unknown owners one; then the portal tells who that is.
    for (const ctx of unknown) {
      await listTokens(ctx, {});
      await t.pass();
    }
    const known = await t.signedIn("apiCrm");
    await t.pass();
    await listTokens(known, {});
    const { items } = await listSessions(await t.again(known));
    expect(items.map(({ own, user }) => [own, user.userName])).toEqual(
      Array.from({ length: 3 }, () => [true, "api-crm@demo.example"]),
    );
    // What they did under either name is theirs to see.
    const mine = await listAudit(await t.again(known), { action: "session.sign_in" });
    expect(mine.items).toHaveLength(3);
    // A request that began before still has the old owner in hand.
    await endSessionById(known, { id: unknown[0]?.session.id ?? "" });
    expect(await endOtherSessions(known)).toEqual({ ended: 1 });
  });
});
