import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { getOperation } from "@/lib/server/services/operations/get";
import { resumeMints } from "@/lib/server/services/operations/resume";
import { listTokens } from "@/lib/server/services/tokens/list";
import type { FaultInput } from "@/lib/simulator/fault-rules";
import { engines } from "../support/desk";
import { faultyMint } from "../support/faulty-mint";
import { breakAudit, codeOf, type HeldDesk, only, startHeldDesk, trail } from "../support/held-desk";

/** Whatever dies between the intent and the record: no token is lost, and none is minted twice. */
describe.each(engines)("minting through a crash on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const { user, ask, state, atPortal, posts, begin } = faultyMint(() => t);

  test("F4 a store that refuses the commit loses nothing: the list tells", async () => {
    const { ctx } = await begin();
    const mend = await breakAudit(t, "ok");
    const answer = await t.finish(ask(ctx));
    expect(await state(ctx, answer)).toBe("checking");
    await mend();
    await t.pass(seconds(5));
    await t.work();
    expect(await state(ctx, answer)).toBe("recovered");
    expect(await posts()).toBe(1);
  });

  test("F1 killed before the POST was sent: closed as not sent, and the same key may mint once", async () => {
    const { ctx, had } = await begin();
    await t.portal.addFault({ endpoint: "list", kind: "hang" });
    const asked = codeOf(ask(ctx, "key-of-a-crash-1"));
    await t.portal.waitForCalls({ endpoint: "list", finished: false }, 1);
    await t.crash();
    await t.portal.clearFaults();
    await t.finish(asked);
    const again = await t.again(ctx);
    const operations = await t.desk.db
      .selectFrom("operation_items")
      .innerJoin("operations", "operations.id", "operation_items.operation_id")
      .select(["operation_items.state", "operation_items.error"])
      .where("idempotency_key", "=", "key-of-a-crash-1")
      .execute();
    expect(operations).toEqual([{ state: "failed", error: "not_sent" }]);
    const { items } = await ask(again, "key-of-a-crash-1");
    expect(items).toHaveLength(1);
    expect(await atPortal()).toBe(had + 1);
  });

  test("F2 killed between the POST and its reply: no second POST; what the list has new is recovered", async () => {
    const { ctx, had } = await begin();
    await t.portal.addFault({ endpoint: "mint", kind: "hang", effect: true });
    const asked = codeOf(ask(ctx, "key-of-a-crash-2", 3));
    await t.portal.waitForCalls({ endpoint: "mint", finished: false }, 1);
    await t.crash();
    await t.portal.clearFaults();
    await t.finish(asked);
    const again = await t.again(ctx);
    const answer = await ask(again, "key-of-a-crash-2", 3);
    expect(answer.items).toBeUndefined();
    await t.pass(seconds(5));
    await t.work();
    const operation = await getOperation(again, { id: answer.operationId });
    expect(operation.items.map((item) => item.state)).toEqual(["recovered", "failed", "failed"]);
    expect(await posts()).toBe(1);
    expect(await atPortal()).toBe(had + 1);
  });

  test("F5 killed while the outcome is settled: settled again, once, in one record", async () => {
    const { ctx, had } = await begin();
    await t.portal.addFault({ endpoint: "mint", kind: "reset-after" });
    const answer = await t.finish(ask(ctx));
    await t.pass(seconds(5));
    const mend = await breakAudit(t, "ok");
    await t.work();
    await t.crash();
    await mend();
    await t.pass(minutes(1));
    await t.work();
    const again = await t.again(ctx);
    expect(await state(again, answer)).toBe("recovered");
    const { tokenId = "" } = only((await getOperation(again, { id: answer.operationId })).items);
    expect((await listTokens(again, {})).items.filter(({ id }) => id === tokenId)).toHaveLength(1);
    const outcomes = (await trail(t)).filter(({ target }) => target?.tokenId === tokenId);
    expect(outcomes.map(({ action, result }) => `${action} ${result}`)).toEqual(["token.recover ok"]);
    expect(await atPortal()).toBe(had + 1);
  });

  const unknown: [string, FaultInput, boolean][] = [
    ["mints, then resets the connection", { endpoint: "mint", kind: "reset-after" }, true],
    ["mints, then answers 500", { endpoint: "mint", kind: "status", status: 500, effect: true }, true],
    ["mints, then says nothing", { endpoint: "mint", kind: "hang", effect: true }, true],
    ["resets the connection", { endpoint: "mint", kind: "reset-before" }, false],
    ["answers 500", { endpoint: "mint", kind: "status", status: 500 }, false],
    ["says nothing", { endpoint: "mint", kind: "hang" }, false],
  ];
  test.each(unknown)(
    "F3 the portal %s: looked for after 5 s, 30 s and 2 min, and not called failed while nobody knows",
    async (_, fault, happened) => {
      const { ctx, had } = await begin();
      await t.portal.addFault(fault);
      const answer = await t.finish(ask(ctx));
      await t.portal.clearFaults();
      expect(answer.items).toBeUndefined();
      for (const wait of happened ? [seconds(4)] : [seconds(4), seconds(25), seconds(90)]) {
        await t.pass(wait);
        await t.work();
        expect(await state(ctx, answer)).toBe("checking");
      }
      await t.pass(seconds(2));
      await t.work();
      expect(await state(ctx, answer)).toBe(happened ? "recovered" : "failed");
      expect(await posts()).toBe(1);
      expect(await atPortal()).toBe(had + Number(happened));
    },
  );

  test("a run that lost its way is found by the worker, without a restart", async () => {
    const { ctx, had } = await begin();
    const mend = await breakAudit(t, "refused");
    await t.portal.addFault({ endpoint: "list", kind: "status", status: 403 });
    expect(await codeOf(ask(ctx, "key-that-got-lost"))).toBe("audit_unavailable");
    await mend();
    await t.pass(minutes(1));
    await t.work();
    const { items } = await ask(ctx, "key-that-got-lost");
    expect(items).toHaveLength(1);
    expect(await atPortal()).toBe(had + 1);
  });

  test("what this process has begun is not closed by its own start", async () => {
    const { ctx } = await begin();
    await t.portal.addFault({ endpoint: "mint", kind: "hang" });
    const asked = ask(ctx, newId("key"));
    await t.portal.waitForCalls({ endpoint: "mint", finished: false }, 1);
    await resumeMints(t.desk);
    const rows = await t.desk.db
      .selectFrom("operation_items")
      .select("state")
      .where("state", "=", "sending")
      .execute();
    expect(rows).toHaveLength(1);
    await t.finish(asked);
  });

  test("one portal user's trouble keeps nobody else waiting", async () => {
    const { ctx } = await begin();
    await t.portal.addFault({ endpoint: "mint", kind: "reset-after", count: 2 });
    const first = await t.finish(ask(ctx));
    const ann = await t.signedIn("ann");
    const second = await t.finish(ask(ann));
    await t.portal.addFault({ endpoint: "list", kind: "status", status: 500, userName: user, count: null });
    await t.pass(seconds(5));
    await t.work();
    expect(await state(ctx, first)).toBe("checking");
    expect(await state(ann, second)).toBe("recovered");
    await t.portal.clearFaults();
    await t.pass(minutes(1));
    await t.work();
    expect(await state(ctx, first)).toBe("recovered");
  });
});
