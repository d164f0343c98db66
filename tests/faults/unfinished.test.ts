import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { tellAuditState } from "@/lib/server/services/audit/tell";
import type { SessionContext } from "@/lib/server/services/context";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { engines } from "../support/desk";
import { codeOf, connectionOf, type HeldDesk, mint, only, startHeldDesk } from "../support/held-desk";

/*
 * The trail has what is asked for before it is done, and what came of it after. Whoever could kill the desk in between
 * would gain a deed without a trace of how it ended: the trail itself says that the end is missing.
 */
describe.each(engines)("killed between intent and outcome on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine, { env: { TOKENDESK_SEAL: "needed" } });
  });
  afterAll(() => t?.stop());

  const unfinished = async (ctx: SessionContext) => {
    const state = await tellAuditState(ctx);
    expect(state.ok).toBe(true);
    return state.unfinished.map(({ action, result, target }) => [action, result, target?.label]);
  };

  test("a mint is listed as unfinished until the portal's list has settled it", async () => {
    const ann = await t.signedIn("ann");
    await listTokens(ann, {});
    await t.portal.addFault({ endpoint: "mint", kind: "hang", effect: true });
    const input = { connectionId: connectionOf(ann).id, label: "Cut off", count: 1 };
    const asked = codeOf(mintTokens(ann, { input, idempotencyKey: newId("key") }));
    await t.portal.waitForCalls({ endpoint: "mint", finished: false }, 1);
    await t.crash();
    await t.portal.clearFaults();
    await t.finish(asked);
    const again = await t.signedIn("ann");
    expect(await unfinished(again)).toEqual([["token.mint", "intent", "Cut off"]]);
    await t.pass(seconds(5));
    await t.work();
    expect(await unfinished(again)).toEqual([]);
  });

  test("of a selection, only what has not ended is listed", async () => {
    const ann = await t.signedIn("ann");
    const ids = (await mint(ann, "Bulk", 2)).map(({ id }) => id);
    await t.pass();
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 503, count: 4 });
    await revokeTokens(ann, { ids, reason: "unused" });
    expect(await unfinished(ann)).toHaveLength(2);
    for (let round = 0; round < 5; round += 1) {
      await t.work();
      await t.pass(minutes(1));
    }
    expect(await unfinished(await t.signedIn("ann"))).toEqual([]);
  });

  // The value may have left already when the process died: that it was asked for must not be lost in the crowd.
  test("a copy stays listed, for those who may see it", async () => {
    const ann = await t.signedIn("ann");
    const { id } = only(await mint(ann, "Perhaps copied"));
    await t.pass();
    await t.portal.addFault({ endpoint: "list", kind: "hang", count: null });
    const asked = codeOf(copyToken(ann, { id, as: "raw" }));
    await t.portal.waitForCalls({ endpoint: "list", finished: false }, 1);
    await t.crash();
    await t.portal.clearFaults();
    await t.finish(asked);
    const copy = ["token.copy", "intent", "Perhaps copied"];
    expect(await unfinished(await t.signedIn("ann"))).toEqual([copy]);
    expect(await unfinished(await t.signedIn("super"))).toEqual([copy]);
    expect(await unfinished(await t.signedIn("ben"))).toEqual([]);
  });
});
