import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { startWorker } from "@/lib/server/jobs/worker";
import { getOperation } from "@/lib/server/services/operations/get";
import { retryOperation } from "@/lib/server/services/operations/retry";
import { loadSession } from "@/lib/server/services/sessions/load";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { engines } from "../../support/desk";
import { codeOf, connectionOf, type HeldDesk, mint, startHeldDesk } from "../../support/held-desk";

describe.each(engines)("operations on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  test("whoever began one sees it, from any session; nobody else does, not even their lead", async () => {
    const ctx = await t.signedIn("apiCrm");
    const ids = (await mint(ctx, "Mine", 2)).map(({ id }) => id);
    const { operationId } = await revokeTokens(ctx, { ids, reason: "unused" });
    expect((await getOperation(await t.signedIn("apiCrm"), { id: operationId })).total).toBe(2);
    for (const user of ["ann", "leadSales", "super"]) {
      const other = await t.signedIn(user);
      expect(await codeOf(getOperation(other, { id: operationId }))).toBe("not_found");
      expect(await codeOf(retryOperation(other, { id: operationId }))).toBe("not_found");
    }
    expect(await codeOf(getOperation(ctx, { id: newId("op") }))).toBe("not_found");
    expect(JSON.stringify(await getOperation(ctx, { id: operationId }))).not.toContain("v1.");
  });

  test("a mint is not repeated by a retry", async () => {
    const ctx = await t.signedIn("ann");
    await t.portal.addFault({ endpoint: "mint", kind: "status", status: 429, retryAfter: "1" });
    const input = { connectionId: connectionOf(ctx).id, label: "Half", count: 2 };
    expect(await codeOf(mintTokens(ctx, { input, idempotencyKey: "operation-key-1" }))).toBe(
      "portal_limited",
    );
    const { id } = await t.desk.db
      .selectFrom("operations")
      .select("id")
      .where("idempotency_key", "=", "operation-key-1")
      .executeTakeFirstOrThrow();
    await t.pass();
    await t.portal.clearCalls();
    expect(await codeOf(retryOperation(ctx, { id }))).toBe("wrong_state");
    expect(await t.portal.calls({ endpoint: "mint" })).toEqual([]);
  });

  /** Looks now and then, leaving the desk's time room to go on in between. */
  const until = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) await wait(15);
  };
  const begun = async () => {
    const ctx = await t.signedIn("apiReports");
    const ids = (await mint(ctx, "Batch", 2)).map(({ id }) => id);
    const { operationId } = await revokeTokens(ctx, { ids, reason: "unused" });
    return async () => (await getOperation(ctx, { id: operationId })).state === "done";
  };

  test("the worker drives what is due, ends what is overdue, and stops when it is told to", async () => {
    const idle = await t.signedIn("cleo");
    const isIdleEnded = async () => {
      const row = await t.desk.db
        .selectFrom("connections")
        .select("sealed_credential")
        .where("id", "=", connectionOf(idle).id)
        .executeTakeFirstOrThrow();
      return row.sealed_credential === null;
    };
    await t.pass(minutes(30));
    const isDone = await begun();
    const worker = startWorker(t.desk);
    await t.finish(until(async () => (await isDone()) && (await isIdleEnded())));
    await t.finish(worker.stop());
    expect(await loadSession(t.desk, idle.sid, false)).toBeUndefined();
    const later = await begun();
    await t.pass(seconds(10));
    expect(await later()).toBe(false);
  });

  test("a step of the worker that fails is tried again, and the others go on", async () => {
    const isDone = await begun();
    const { db } = t.desk;
    // A store that is away for a moment.
    Object.assign(t.desk, { db: undefined });
    const worker = startWorker(t.desk);
    await t.pass(seconds(5));
    t.desk.db = db;
    await t.finish(until(isDone));
    await t.finish(worker.stop());
  });
});
