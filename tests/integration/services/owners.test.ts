import type { Transaction } from "kysely";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { listAudit } from "@/lib/server/services/audit/list";
import { connect } from "@/lib/server/services/connections/connect";
import { describeSession } from "@/lib/server/services/sessions/describe";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { patchToken } from "@/lib/server/services/tokens/patch";
import type { Schema } from "@/lib/server/store/schema";
import { tokensOfOwner, updateTokens } from "@/lib/server/store/tokens";
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

/** Where a portal does not tell whose a token is, the owner is unknown until it does: nothing may get lost by it. */
describe.each(engines)("owners on %s", (engine) => {
  let t: HeldDesk;
  beforeEach(async () => {
    t = await startHeldDesk(engine);
    await t.portal.setOptions({ variants: { who: "absent" } });
  });
  afterEach(() => t?.stop());

  const byToken = async (user: string, index = 0) => {
    const apiToken = t.simulator.seed.user(user).tokens[index] ?? "";
    const { sid } = await signIn(t.visitor(), { portal: "sim", apiToken });
    return t.again({ sid } as Awaited<ReturnType<typeof t.signedIn>>);
  };
  const owners = () => t.desk.db.selectFrom("owners").selectAll().where("merged_into", "is", null).execute();

  test("a token alone opens the desk, as somebody unknown", async () => {
    const ctx = await byToken("apiCrm");
    expect(describeSession(ctx).user).toEqual({ portal: "sim", userName: "unknown user" });
    const { items } = await listTokens(ctx, {});
    expect(items).toHaveLength(4);
    expect(items.every(({ connectionId }) => connectionId === connectionOf(ctx).id)).toBe(true);
    expect(items[0]?.owner.userName).toBeUndefined();
  });

  test("any other token of the same user finds the same owner again", async () => {
    const first = await byToken("apiCrm", 0);
    const [token] = (await listTokens(first, {})).items;
    await patchToken(first, { id: token?.id ?? "", patch: { label: "Named by somebody" } });
    const second = await byToken("apiCrm", 2);
    expect(second.session.ownerId).toBe(first.session.ownerId);
    expect((await listTokens(second, { q: "named by" })).items).toHaveLength(1);
  });

  test("when the portal tells, everything becomes the real person's: names, sessions, trail", async () => {
    const unknown = await byToken("apiCrm");
    const token = only(await mint(unknown, "Minted by nobody"));
    const known = await t.signedIn("apiCrm");
    const before = (await trail(t)).length;
    await t.pass();
    const [found] = (await listTokens(known, { q: "minted by nobody" })).items;
    expect(found).toMatchObject({ id: token.id, connectionId: connectionOf(known).id });
    expect((await trail(t)).slice(before).filter(({ action }) => action === "owner.merged")).toMatchObject([
      { actor: { userName: "api-crm@demo.example" }, detail: { owners: 1 } },
    ]);
    const again = await t.again(unknown);
    expect(describeSession(again).user.userName).toBe("api-crm@demo.example");
    expect((await listTokens(again, {})).items.some(({ id }) => id === token.id)).toBe(true);
    expect(await codeOf(copyToken(again, { id: token.id, as: "raw" }))).toBe("ok");
    const mine = (await listAudit(again, { token: token.id })).items.map(({ action }) => action);
    expect(mine).toContain("token.mint");
    expect(await owners()).toHaveLength(1);
  });

  test("the list that brings the news shows the tokens as one's own at once", async () => {
    const unknown = await byToken("apiCrm");
    await listTokens(unknown, {});
    const known = await t.signedIn("apiCrm");
    await t.pass();
    const { items } = await listTokens(known, {});
    expect(items).toHaveLength(4);
    expect(items.every(({ connectionId }) => connectionId === connectionOf(known).id)).toBe(true);
    // A request that began before still has the old owner in hand.
    await t.pass();
    const { items: late } = await listTokens(unknown, {});
    expect(late).toHaveLength(4);
    expect(late.every(({ connectionId }) => connectionId === connectionOf(unknown).id)).toBe(true);
  });

  test("signing in by token where the name is known already meets the person at once", async () => {
    const known = await t.signedIn("apiCrm");
    await listTokens(known, {});
    const byHand = await byToken("apiCrm", 1);
    expect(byHand.session.ownerId).toBe(known.session.ownerId);
  });

  test("connecting with a token that turns out to be one's own makes no second connection", async () => {
    const known = await t.signedIn("apiCrm");
    await listTokens(known, {});
    const apiToken = t.simulator.seed.user("apiCrm").tokens[0] ?? "";
    await connect(known, { portal: "sim", apiToken });
    expect((await t.again(known)).session.connections).toHaveLength(1);
  });

  test("what is changed right after a list is not taken for a part of it", async () => {
    const ctx = await byToken("apiCrm");
    const { db } = t.desk;
    const own = db.transaction.bind(db);
    // Between the list's commit and whatever is noted of it, somebody else's.
    vi.spyOn(db, "transaction").mockImplementationOnce(() => {
      const builder = own();
      const execute = builder.execute.bind(builder);
      return Object.assign(builder, {
        async execute<T>(work: (tx: Transaction<Schema>) => Promise<T>) {
          const result = await execute(work);
          const ids = await tokensOfOwner(db, ctx.session.ownerId, "current", ({ id }) => id);
          await own().execute((tx) => updateTokens(tx, ids, { status: "disappeared", status_at: 0 }));
          return result;
        },
      });
    });
    await listTokens(ctx, {});
    await t.pass();
    const { items } = await listTokens(ctx, {});
    expect(items.map(({ status }) => status)).toEqual(Array(4).fill("unclaimed"));
  });

  test("two unknown sessions of one user become one when they share a list", async () => {
    const [first, second] = [await byToken("apiCrm", 0), await byToken("apiCrm", 1)];
    expect(second.session.ownerId).not.toBe(first.session.ownerId);
    await Promise.all([listTokens(first, {}), listTokens(second, {})]);
    await t.pass();
    const lists = [await listTokens(await t.again(first), {}), await listTokens(await t.again(second), {})];
    expect(lists.map(({ items }) => items.length)).toEqual([4, 4]);
  });

  test("a key that was used before the owner was known mints nothing again after", async () => {
    const unknown = await byToken("apiCrm");
    await listTokens(unknown, {});
    const ask = (ctx: typeof unknown) =>
      mintTokens(ctx, {
        input: { connectionId: connectionOf(ctx).id, label: "Once", count: 1 },
        idempotencyKey: "key-across-a-merge",
      });
    const first = await ask(unknown);
    const known = await t.signedIn("apiCrm");
    await t.pass();
    await listTokens(known, {});
    await t.portal.clearCalls();
    const again = await ask(await t.again(unknown));
    expect(again.operationId).toBe(first.operationId);
    expect(await t.portal.calls({ endpoint: "mint" })).toEqual([]);
  });

  test("a portal user who is renamed stays the same; one who takes an old name is somebody else", async () => {
    const ann = await t.signedIn("ann");
    await mint(ann, "Ann's");
    await t.portal.changeUser("ann@demo.example", { userName: "ann.new@demo.example" });
    const { password } = t.passwordOf("ann");
    const { id } = await signIn(t.visitor(), { portal: "sim", username: "ann.new@demo.example", password });
    expect(id).toBe(ann.session.ownerId);
    expect((await listTokens(await t.again(ann), {})).items[0]?.owner.userName).toBe("ann.new@demo.example");
    await t.portal.addUser({ userName: "ann@demo.example", password: "other" });
    const other = await signIn(t.visitor(), {
      portal: "sim",
      username: "ann@demo.example",
      password: "other",
    });
    expect(other.id).not.toBe(ann.session.ownerId);
  });

  test("a user without rights may come in by token, and sees that the portal shows nothing", async () => {
    await t.portal.setOptions({ variants: { who: "present" } });
    const ctx = await byToken("noRights");
    expect(await listTokens(ctx, {})).toMatchObject({ stale: true, sources: [{ error: "portal_refused" }] });
    await t.portal.setOptions({ variants: { who: "absent" } });
    expect(await codeOf(byToken("noRights"))).toBe("ok");
  });
});
