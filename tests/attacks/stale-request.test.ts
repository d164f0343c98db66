import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { connect } from "@/lib/server/services/connections/connect";
import { disconnect } from "@/lib/server/services/connections/disconnect";
import { getOperation } from "@/lib/server/services/operations/get";
import { endSessionById } from "@/lib/server/services/sessions/end";
import { endOtherSessions } from "@/lib/server/services/sessions/end-others";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { stepUp } from "@/lib/server/services/sessions/step-up";
import { labelTokens } from "@/lib/server/services/tokens/label-many";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { endEverySession } from "@/lib/server/store/restored";
import { tokenById } from "@/lib/server/store/tokens";
import { engines } from "../support/desk";
import { codeOf, type HeldDesk, startHeldDesk } from "../support/held-desk";
import { mintKnown } from "./support/known-token";

/*
 * A request that was let in acts some time later: its body comes slowly, it waits for the portal, or for a lock. A token
 * may have ended meanwhile, and the session with it; whoever holds such a request back would act by it for as long as they
 * like. The context is loaded here before the token's end, and used after it.
 */
describe.each(engines)("a request that was let in before the token's end, on %s,", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());
  beforeEach(async () => {
    await t.portal.clearFaults();
    await t.desk.db.transaction().execute((tx) => endEverySession(tx, t.clock.now()));
    await t.pass(minutes(2));
  });

  type SignedIn = Awaited<ReturnType<HeldDesk["signedIn"]>>;
  const user = "api-crm@demo.example";
  async function scene() {
    const ctx = await t.signedIn("apiCrm");
    const [leaked, sibling] = await mintKnown(t, ctx, "Leaked", 2);
    return { ctx, value: leaked?.value ?? "", id: leaked?.id ?? "", sibling: sibling?.id ?? "" };
  }
  /** The thief's connection as the owner. */
  const theirs = ({ session }: SignedIn) =>
    session.connections.find(({ userName }) => userName === user)?.id ?? "";
  const revoke = (ctx: SignedIn, id: string) => t.finish(revokeToken(ctx, { id, reason: "compromised" }));

  const acts: Record<string, (thief: SignedIn, id: string, owner: SignedIn) => Promise<unknown>> = {
    renames: (thief, id) => patchToken(thief, { id, patch: { label: "Renamed" } }),
    "labels many": (thief, id) => labelTokens(thief, { ids: [id], addTags: ["mine"] }),
    mints: (thief) =>
      mintTokens(thief, {
        input: { connectionId: theirs(thief), label: "Mine", count: 1 },
        idempotencyKey: newId("key"),
      }),
    revokes: (thief, id) => revokeToken(thief, { id, reason: "other" }),
    "revokes many": (thief, id) => revokeTokens(thief, { ids: [id], reason: "other" }),
    "ends a session": (thief, _, owner) => endSessionById(thief, owner.session),
    "ends all others": (thief) => endOtherSessions(thief),
  };
  const sessions = ["of the thief's alone", "in which somebody else is connected too"];
  test.each(Object.keys(acts).flatMap((act) => sessions.map((whose) => [act, whose] as const)))(
    "%s no more, in a session %s",
    async (act, whose) => {
      const { ctx, value, id, sibling } = await scene();
      const opened = await t.signedInWith(value);
      const { userName, password } = t.passwordOf("ann");
      if (whose !== sessions[0]) await connect(opened, { portal: "sim", username: userName, password });
      const thief = await t.again(opened);
      const before = await tokenById(t.desk.db, sibling);
      await revoke(ctx, id);
      const code = await codeOf(t.finish(Promise.resolve(acts[act]?.(thief, sibling, ctx))));
      expect(code).toMatch(/^(session_ended|connection_ended)$/);
      expect(await tokenById(t.desk.db, sibling)).toEqual(before);
      expect((await t.again(ctx)).session.user.userName).toBe(user);
    },
  );

  test("gives no session by a token that was found gone while the portal answered", async () => {
    const { ctx, value } = await scene();
    const real = t.desk.portal.whoAmI;
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const answered = new Promise<void>((resolve) => {
      t.desk.portal.whoAmI = async (...args) => {
        const me = await real.apply(t.desk.portal, args);
        resolve();
        await gate;
        return me;
      };
    });
    const coming = codeOf(t.signedInWith(value));
    await answered;
    t.desk.portal.whoAmI = real;
    await t.portal.removeTokens([value]);
    await t.pass();
    await t.finish(listTokens(ctx, {}));
    open();
    expect(await coming).toBe("invalid_credentials");
  });

  // Deleted with curl while the portal asks for a pause, so that nobody can be asked.
  test("has no token revoked by the owner's credential when the thief's own is dead", async () => {
    const { ctx, value, sibling } = await scene();
    const thief = await t.signedInWith(value);
    await t.pass(minutes(2));
    await t.portal.addFault({ endpoint: "any", kind: "status", status: 429, retryAfter: "60", count: 1 });
    await t.finish(listTokens(ctx, {}));
    await t.portal.removeTokens([value]);
    const late = await t.finish(t.again(thief));
    const { operationId } = await t.finish(revokeToken(late, { id: sibling, reason: "other" }));
    await t.pass(minutes(2));
    await t.work();
    await t.work();
    const item = await t.desk.db
      .selectFrom("operation_items")
      .select(["state", "error"])
      .where("operation_id", "=", operationId)
      .executeTakeFirst();
    expect(item).toEqual({ state: "failed", error: "connection_ended" });
    expect(await tokenById(t.desk.db, sibling)).toMatchObject({ status: "active" });
  });

  test("ends also where the same portal is configured under another name", async () => {
    const [sim] = t.env.portals;
    if (!sim) throw new Error("no portal");
    const other = { ...sim, id: "sim2", baseUrl: sim.baseUrl.replace(/\/api$/, "/voice/api") };
    Object.assign(t.env, { portals: [other, ...t.env.portals] });
    await t.restart();
    const { ctx, value, id } = await scene();
    const { sid } = await signIn(t.visitor(), { portal: "sim2", apiToken: value });
    await revoke(ctx, id);
    await expect(t.again({ ...ctx, sid })).rejects.toThrow("the session has ended");
  });

  test("and a step-up of a connection that was given up proves nothing, and leaves nothing", async () => {
    const ann = await t.signedIn("ann");
    const value = (await t.portal.user(user)).tokens[0] ?? "";
    const { id } = await connect(ann, { portal: "sim", apiToken: value });
    const both = await t.again(ann);
    await disconnect(both, { id });
    expect(await codeOf(stepUp(both, { connectionId: id, apiToken: value }))).toBe("connection_ended");
    const left = await t.desk.db
      .selectFrom("connection_tokens")
      .selectAll()
      .where("connection_id", "=", id)
      .execute();
    expect(left).toEqual([]);
  });

  // Whose session it is changes with the end of the first connection; whose key it was does not.
  test("one key mints once, though the user who opened the session has ended in between", async () => {
    const { ctx, value, id } = await scene();
    const first = await t.signedInWith(value);
    const { userName, password } = t.passwordOf("ann");
    const made = await connect(first, { portal: "sim", username: userName, password });
    const both = await t.again(first);
    const input = { connectionId: made.id, label: "Once", count: 1 };
    const before = (await t.portal.user(userName)).tokens.length;
    const idempotencyKey = newId("key");
    const one = await t.finish(mintTokens(both, { input, idempotencyKey }));
    await revoke(ctx, id);
    const later = await t.again(both);
    expect((await getOperation(later, { id: one.operationId })).state).toBe("done");
    const two = await t.finish(mintTokens(later, { input, idempotencyKey }));
    expect(two.operationId).toBe(one.operationId);
    expect((await t.portal.user(userName)).tokens.length).toBe(before + 1);
    await t.pass(seconds(1));
  });
});
