import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditAction } from "@/lib/contracts/audit";
import { minutes, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { exportAudit } from "@/lib/server/services/audit/export";
import { connect } from "@/lib/server/services/connections/connect";
import { disconnect } from "@/lib/server/services/connections/disconnect";
import { endSessionById } from "@/lib/server/services/sessions/end";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { stepUp } from "@/lib/server/services/sessions/step-up";
import { checkToken } from "@/lib/server/services/tokens/check";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { unsealToken } from "@/lib/server/services/tokens/unseal";
import { engines } from "../../support/desk";
import {
  codeOf,
  connectionOf,
  type HeldDesk,
  mint,
  only,
  startHeldDesk,
  trail,
} from "../../support/held-desk";
import { foundIn } from "./secret-forms";

/**
 * What is done leaves its entry: who, what, where from, when, with what result (ASVS 16.2.1, 16.3). A kind of action
 * without a row here does not compile; whoever adds one says how it comes about, or which test has it.
 */
describe.each(engines)("the trail on %s has", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  type SignedIn = Awaited<ReturnType<HeldDesk["signedIn"]>>;
  type Deed = { results: string[]; by?: string; run(ctx: SignedIn): Promise<unknown> };
  const crm = "api-crm@demo.example";
  const own = async (ctx: SignedIn) => only(await mint(ctx, `Noted ${newId("op")}`)).id;
  const dialer = () => t.passwordOf("apiDialer");

  const deeds: Record<AuditAction, Deed | `tests/${string}`> = {
    "session.sign_in": { results: ["ok"], run: () => t.signedIn("apiCrm") },
    "session.sign_in_failed": {
      results: ["refused"],
      run: () => codeOf(signIn(t.visitor(), { portal: "sim", username: crm, password: "hunter2-wrong" })),
    },
    "session.sign_out": { results: ["ok"], run: signOut },
    "session.end": { results: ["ok"], run: (ctx) => endSessionById(ctx, ctx.session) },
    "session.step_up": {
      results: ["ok"],
      run: (ctx) =>
        stepUp(ctx, { connectionId: connectionOf(ctx).id, password: t.passwordOf("apiCrm").password }),
    },
    "session.step_up_failed": {
      results: ["refused"],
      run: (ctx) => codeOf(stepUp(ctx, { connectionId: connectionOf(ctx).id, password: "hunter2-wrong" })),
    },
    "connection.add": {
      results: ["ok"],
      run: (ctx) => connect(ctx, { portal: "sim", username: dialer().userName, password: dialer().password }),
    },
    "connection.add_failed": {
      results: ["refused"],
      run: (ctx) =>
        codeOf(connect(ctx, { portal: "sim", username: dialer().userName, password: "hunter2-wrong" })),
    },
    "connection.end": { results: ["ok"], run: (ctx) => disconnect(ctx, connectionOf(ctx)) },
    "connection.roles": {
      results: ["ok"],
      async run(ctx) {
        const { roles } = await t.portal.user(crm);
        await t.portal.changeUser(crm, { roles: [...roles, "MANAGE_USERS"] });
        await t.pass(minutes(1));
        await t.again(ctx);
        await t.portal.changeUser(crm, { roles });
      },
    },
    "token.mint": { results: ["intent", "ok"], run: own },
    "token.recover": {
      results: ["ok"],
      async run(ctx) {
        await t.portal.addFault({ endpoint: "mint", kind: "reset-after" });
        const input = { connectionId: connectionOf(ctx).id, label: "Lost", count: 1 };
        await t.finish(mintTokens(ctx, { input, idempotencyKey: newId("key") }));
        await t.pass(seconds(6));
        await t.work();
      },
    },
    "token.label": {
      results: ["ok"],
      run: async (ctx) => patchToken(ctx, { id: await own(ctx), patch: { label: "Other" } }),
    },
    "token.copy": {
      results: ["intent", "ok"],
      run: async (ctx) => copyToken(ctx, { id: await own(ctx), as: "raw" }),
    },
    "token.check": { results: ["ok"], run: async (ctx) => checkToken(ctx, { id: await own(ctx) }) },
    "token.revoke": {
      results: ["intent", "ok"],
      run: async (ctx) => t.finish(revokeToken(ctx, { id: await own(ctx), reason: "unused" })),
    },
    "token.unseal": { results: ["ok"], run: async (ctx) => unsealToken(ctx, { id: await own(ctx) }) },
    "owner.synced": {
      results: ["ok"],
      async run(ctx) {
        await t.portal.addTokens(crm, { prefixed: 1 });
        await t.pass();
        await listTokens(ctx, {});
      },
    },
    "audit.export": { results: ["ok"], run: (ctx) => exportAudit(ctx, { format: "jsonl" }) },
    "owner.merged": "tests/integration/services/owners.test.ts",
    "audit.checkpoints_reset": "tests/attacks/leftovers.test.ts",
    "keys.secret_change": "tests/integration/services/change-secret.test.ts",
    "store.restored": "tests/integration/services/restored.test.ts",
  };
  const provoked = Object.entries(deeds).flatMap(([action, deed]) =>
    typeof deed === "string" ? [] : [[action, deed] as const],
  );

  test.each(provoked)(
    "%s, with who, where from, when and what came of it",
    async (action, { results, run }) => {
      await t.pass(minutes(2));
      const ctx = await t.signedIn("apiCrm");
      await listTokens(ctx, {});
      const before = (await trail(t)).length;
      await run(ctx);
      const entries = (await trail(t)).slice(before).filter((entry) => entry.action === action);
      expect(entries.map(({ result }) => result)).toEqual(results);
      for (const { actor, ip, at, requestId } of entries) {
        expect(actor).toMatchObject({ portal: "sim", userName: crm });
        expect(["192.0.2.1", ""]).toContain(ip);
        expect(t.clock.now() - at).toBeGreaterThanOrEqual(0);
        expect(t.clock.now() - at).toBeLessThan(minutes(1));
        expect(requestId).toMatch(/^(req|job)_/);
      }
    },
  );

  const elsewhere = Object.entries(deeds).flatMap(([action, deed]) =>
    typeof deed === "string" ? [[action, deed] as const] : [],
  );
  test.each(elsewhere)("%s, by a test of its own", (action, file) =>
    expect(readFileSync(file, "utf8")).toContain(`"${action}"`),
  );

  test("and what was asked for in vain: without a fresh proof, and by a lead", async () => {
    const ctx = await t.signedIn("apiCrm");
    const id = await own(ctx);
    await t.pass(minutes(16));
    const before = (await trail(t)).length;
    expect(await codeOf(copyToken(await t.again(ctx), { id, as: "raw" }))).toBe("step_up_required");
    expect(await codeOf(copyToken(await t.signedIn("leadSales"), { id, as: "raw" }))).toBe("forbidden");
    const refused = (await trail(t)).slice(before).filter(({ action }) => action === "token.copy");
    expect(refused).toMatchObject([
      {
        result: "refused",
        actor: { userName: crm },
        target: { tokenId: id },
        detail: { code: "step_up_required" },
      },
      { result: "refused", actor: { role: "lead" }, target: { tokenId: id }, detail: { code: "forbidden" } },
    ]);
  });

  test("but no value, no password and no session id", async () => {
    const { users } = await t.portal.state();
    const secrets = users.flatMap(({ password, tokens, authTokens }) => [
      password,
      ...tokens,
      ...authTokens.map(({ value }) => value),
    ]);
    const { sid } = await t.signedIn("apiCrm");
    const text = JSON.stringify(await trail(t));
    expect(foundIn(text, [...secrets, sid, "hunter2-wrong"])).toEqual([]);
  });
});
