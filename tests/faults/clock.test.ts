import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hours, minutes, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { endOverdueSessions } from "@/lib/server/services/sessions/end-overdue";
import { loadSession } from "@/lib/server/services/sessions/load";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { tokenById } from "@/lib/server/store/tokens";
import { engines } from "../support/desk";
import { codeOf, connectionOf, type HeldDesk, mint, only, startHeldDesk, trail } from "../support/held-desk";

/**
 * F14: an administrator or NTP sets the clock. Whoever can do that must not get a session that lives on, a proof
 * of identity that lasts, or a revocation that nobody drives.
 */
describe.each(engines)("F14 clock jumps on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const jump = (ms: number) => t.clock.setWall(t.clock.now() + ms);
  const begin = async () => {
    await t.portal.clearFaults();
    await t.desk.db.deleteFrom("connections").execute();
    await t.pass(minutes(1));
    const ctx = await t.signedIn("apiCrm");
    const { id } = only(await mint(ctx, "Timed"));
    await t.pass();
    await listTokens(ctx, {});
    await t.portal.clearCalls();
    return { ctx, id };
  };
  const status = async (id: string) => (await tokenById(t.desk.db, id))?.status;
  const lives = async ({ sid }: { sid: string }) => (await loadSession(t.desk, sid, false)) !== undefined;
  const rounds = async (count: number) => {
    for (let i = 0; i < count; i += 1) {
      await t.pass(seconds(30));
      await t.work();
    }
  };

  test.each([1, 2])(
    "F14 %i h on: sessions end, and going back does not bring them to life",
    async (count) => {
      const { ctx } = await begin();
      jump(hours(count));
      expect(await lives(ctx)).toBe(false);
      jump(-hours(count));
      expect(await lives(ctx)).toBe(false);
    },
  );

  test.each([1, 2])(
    "F14 %i h back: sessions end rather than live longer, and their credentials go",
    async (count) => {
      const { ctx } = await begin();
      jump(-hours(count));
      await endOverdueSessions(t.desk);
      expect(await lives(ctx)).toBe(false);
      const { sealed_credential } = await t.desk.db
        .selectFrom("connections")
        .select("sealed_credential")
        .where("id", "=", connectionOf(ctx).id)
        .executeTakeFirstOrThrow();
      expect(sealed_credential).toBeNull();
    },
  );

  test("F14 a few seconds back, as clocks are set right, end nothing", async () => {
    const { ctx } = await begin();
    jump(-seconds(20));
    expect(await lives(ctx)).toBe(true);
  });

  test("F14 a proof of identity given before the clock went back is none", async () => {
    const { ctx, id } = await begin();
    expect(await codeOf(copyToken(ctx, { id, as: "raw" }))).toBe("ok");
    jump(-hours(1));
    expect(await codeOf(copyToken(ctx, { id, as: "raw" }))).toBe("step_up_required");
  });

  const asked = async (ctx: SessionContext, id: string) => {
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 503, count: null });
    await t.finish(revokeToken(ctx, { id, reason: "compromised" }));
    await t.portal.clearFaults();
  };

  test.each([-2, -1, 1, 2])(
    "F14 %i h while a revocation is open: it goes on at once, and is done once",
    async (count) => {
      const { ctx, id } = await begin();
      await asked(ctx, id);
      jump(hours(count));
      await t.signedIn("apiCrm");
      await rounds(3);
      expect(await status(id)).toBe("revoked");
      jump(-hours(count));
      const calls = (await t.portal.calls({ endpoint: "revoke" })).length;
      await t.signedIn("apiCrm");
      await rounds(3);
      expect(await status(id)).toBe("revoked");
      expect(await t.portal.calls({ endpoint: "revoke" })).toHaveLength(calls);
      const outcomes = (await trail(t)).filter(
        ({ action, result, target }) =>
          action === "token.revoke" && result === "ok" && target?.tokenId === id,
      );
      expect(outcomes).toHaveLength(1);
    },
  );

  test("F14 2 h back while a delete is accepted and not proven: a list of now proves it", async () => {
    const { ctx, id } = await begin();
    await t.portal.addFault({ endpoint: "list", kind: "status", status: 503, count: null });
    await t.portal.addFault({ endpoint: "users", kind: "status", status: 503, count: null });
    expect(await t.finish(revokeToken(ctx, { id, reason: "unused" }))).toMatchObject({
      receipt: { acceptedAt: expect.any(String) },
    });
    await t.portal.clearFaults();
    jump(-hours(2));
    await t.signedIn("apiCrm");
    await rounds(1);
    expect(await status(id)).toBe("revoked");
  });

  test.each([-2, 2])(
    "F14 %i h while a mint's outcome is unknown: it is settled, not left for hours",
    async (count) => {
      const { ctx } = await begin();
      await t.portal.addFault({ endpoint: "mint", kind: "reset-after" });
      const input = { connectionId: connectionOf(ctx).id, label: "Lost in time", count: 1 };
      const { operationId } = await t.finish(mintTokens(ctx, { input, idempotencyKey: newId("key") }));
      jump(hours(count));
      const again = await t.signedIn("apiCrm");
      await rounds(5);
      expect((await getOperation(again, { id: operationId })).state).toBe("recovered");
    },
  );

  test("F14 after 2 h back a list is believed again at once", async () => {
    const { ctx, id } = await begin();
    const { tokens } = await t.portal.user("api-crm@demo.example");
    jump(-hours(2));
    await t.portal.removeTokens(tokens);
    await t.pass();
    await listTokens(ctx, {});
    expect(await status(id)).toBe("disappeared");
  });

  test("F14 the trail keeps its order through all of it", async () => {
    const { ctx } = await begin();
    expect(await verifyAudit(ctx)).toMatchObject({ ok: true });
    const entries = await t.desk.db.selectFrom("audit").select(["seq", "at"]).orderBy("seq").execute();
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    // It was really told by a clock that ran backwards.
    expect(entries.some(({ at }, index) => at < (entries[index - 1]?.at ?? 0))).toBe(true);
  });
});
