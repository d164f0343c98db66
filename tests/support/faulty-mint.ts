import type { MintAnswer } from "@/lib/contracts/tokens";
import { minutes } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { connectionOf, type HeldDesk } from "./held-desk";

/** What tests of a mint that goes wrong have in common. The desk is asked for late: it is started before the first. */
export function faultyMint(desk: () => HeldDesk) {
  const user = "api-crm@demo.example";
  const atPortal = async () => (await desk().portal.user(user)).tokens.length;
  return {
    user,
    atPortal,
    posts: async () => (await desk().portal.calls({ endpoint: "mint" })).length,
    ask: (ctx: SessionContext, key = newId("key"), count = 1): Promise<MintAnswer> =>
      mintTokens(ctx, {
        input: { connectionId: connectionOf(ctx).id, label: "Faulty", count },
        idempotencyKey: key,
      }),
    state: async (ctx: SessionContext, { operationId }: MintAnswer) =>
      (await getOperation(ctx, { id: operationId })).state,
    /** Signed in, with the records in line, and nothing noted or broken. */
    async begin() {
      const t = desk();
      await t.portal.clearFaults();
      await t.desk.db.deleteFrom("connections").execute();
      await t.pass(minutes(1));
      const ctx = await t.signedIn("apiCrm");
      await listTokens(ctx, {});
      await t.pass();
      await t.portal.clearCalls();
      return { ctx, had: await atPortal() };
    },
  };
}
