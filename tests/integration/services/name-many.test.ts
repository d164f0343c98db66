import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes } from "@/lib/server/clock";
import type { SessionContext } from "@/lib/server/services/context";
import { labelTokens } from "@/lib/server/services/tokens/label-many";
import { listTokens } from "@/lib/server/services/tokens/list";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { engines } from "../../support/desk";
import {
  breakAudit,
  codeOf,
  entriesSince,
  type HeldDesk,
  mint,
  startHeldDesk,
  trail,
} from "../../support/held-desk";

describe.each(engines)("naming a selection by a pattern on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  /** Somebody whose portal user has tokens that the desk has not made. */
  const begin = async (count = 3) => {
    await t.renew();
    await t.portal.addTokens(t.simulator.seed.user("apiCrm").userName, { prefixed: count });
    const ctx = await t.signedIn("apiCrm");
    const { items } = await t.finish(listTokens(ctx, {}));
    const ids = items.filter(({ status }) => status === "unclaimed").map(({ id }) => id);
    return { ctx, ids: ids.slice(0, count) };
  };
  const shown = async (ctx: SessionContext, ids: string[]) => {
    const { items } = await t.finish(listTokens(ctx, { status: "all" }));
    return ids.map((id) => items.find((token) => token.id === id));
  };
  const legacy = { pattern: "legacy", from: 1 };

  test("claims each under its number, in the order in which they were given, with an entry as a single naming has", async () => {
    const { ctx, ids } = await begin();
    const order = [ids[2] ?? "", ids[0] ?? "", ids[1] ?? ""];
    const before = (await trail(t)).length;
    expect(await labelTokens(ctx, { ids: order, names: { pattern: "old {n} (crm)", from: 9 } })).toEqual({
      items: order.map((tokenId) => ({ tokenId })),
    });
    expect((await shown(ctx, order)).map((token) => [token?.label, token?.status])).toEqual([
      ["old 09 (crm)", "active"],
      ["old 10 (crm)", "active"],
      ["old 11 (crm)", "active"],
    ]);
    const entries = (await trail(t)).slice(before).filter(({ action }) => action === "token.label");
    expect(entries.map(({ target, detail }) => [target?.tokenId, target?.label, detail])).toEqual([
      [order[0], "old 09 (crm)", { changed: "label" }],
      [order[1], "old 10 (crm)", { changed: "label" }],
      [order[2], "old 11 (crm)", { changed: "label" }],
    ]);
  });

  test("takes nobody's name away: what was named meanwhile stays, says so, and its number is left out", async () => {
    const { ctx, ids } = await begin(4);
    const [theirs = "", revoked = "", ...free] = ids;
    await patchToken(ctx, { id: theirs, patch: { label: "Theirs" } });
    await t.finish(revokeToken(ctx, { id: revoked, reason: "unused" }));
    const input = { ids, names: legacy, addTags: ["old"] };
    const answer = {
      items: [
        { tokenId: theirs, error: "has_name" },
        { tokenId: revoked, error: "wrong_state" },
        ...free.map((tokenId) => ({ tokenId })),
      ],
    };
    expect(await labelTokens(ctx, input)).toEqual(answer);
    const tokens = await shown(ctx, ids);
    expect(tokens.map((token) => token?.label)).toEqual(["Theirs", null, "legacy 3", "legacy 4"]);
    expect(tokens.map((token) => token?.tags)).toEqual([[], [], ["old"], ["old"]]);
    // The same press once more, its answer having been lost, is no conflict with itself, and no news.
    const before = (await trail(t)).length;
    expect(await labelTokens(ctx, input)).toEqual(answer);
    expect(await entriesSince(t, before)).toEqual([]);
  });

  test("of two who name the same tokens at once each token has one name, and each is told which were theirs", async () => {
    const { ctx, ids } = await begin(6);
    const reversed = [...ids].reverse();
    const [one, other] = await Promise.all([
      labelTokens(ctx, { ids, names: { pattern: "one", from: 1 } }),
      labelTokens(ctx, { ids: reversed, names: { pattern: "other", from: 1 } }),
    ]);
    const won = (answer: typeof one) => answer.items.filter(({ error }) => error === undefined);
    expect(won(one).length + won(other).length).toBe(6);
    const names = new Map((await shown(ctx, ids)).map((token) => [token?.id, token?.label]));
    for (const { tokenId } of won(one)) expect(names.get(tokenId)).toBe(`one ${ids.indexOf(tokenId) + 1}`);
    for (const { tokenId } of won(other))
      expect(names.get(tokenId)).toBe(`other ${reversed.indexOf(tokenId) + 1}`);
  });

  test("of two who name one token at once, each having seen no name, one is told that the other was quicker", async () => {
    const { ctx, ids } = await begin(1);
    const [id = ""] = ids;
    const give = (label: string) => codeOf(patchToken(ctx, { id, patch: { label, was: null } }));
    const codes = await Promise.all([give("one"), give("other")]);
    expect([...codes].sort()).toEqual(["ok", "wrong_state"]);
    const won = codes[0] === "ok" ? "one" : "other";
    const lost = won === "one" ? "other" : "one";
    expect((await shown(ctx, ids))[0]?.label).toBe(won);
    // The answer that got lost on the way is no conflict with itself, and who has seen the name may change it.
    expect(await give(won)).toBe("ok");
    expect(await give(lost)).toBe("wrong_state");
    const before = (await trail(t)).length;
    expect(await patchToken(ctx, { id, patch: { label: lost, was: won } })).toMatchObject({ label: lost });
    const entries = (await trail(t)).slice(before).filter(({ action }) => action === "token.label");
    expect(entries.map(({ detail }) => detail)).toEqual([{ changed: "label", was: won }]);
  });

  test("a pattern and single names at once: neither takes the other's away", async () => {
    const { ctx, ids } = await begin(6);
    const [many, ...codes] = await Promise.all([
      labelTokens(ctx, { ids, names: legacy }),
      ...ids.map((id) => codeOf(patchToken(ctx, { id, patch: { label: `by hand ${id}`, was: null } }))),
    ]);
    const names = (await shown(ctx, ids)).map((token) => token?.label);
    for (const [index, id] of ids.entries()) {
      const byHand = codes[index] === "ok";
      expect(many.items[index]).toEqual(byHand ? { tokenId: id, error: "has_name" } : { tokenId: id });
      expect(codes[index]).toBe(byHand ? "ok" : "wrong_state");
      expect(names[index]).toBe(byHand ? `by hand ${id}` : `legacy ${index + 1}`);
    }
  });

  test("leaves a recovered token to be confirmed by itself", async () => {
    const { ctx } = await begin(1);
    const [minted] = await t.finish(mint(ctx, "Recovered"));
    const id = minted?.id ?? "";
    await t.desk.db.updateTable("tokens").set({ recovered: 1 }).where("id", "=", id).execute();
    expect((await labelTokens(ctx, { ids: [id], names: legacy })).items).toEqual([
      { tokenId: id, error: "has_name" },
    ]);
    const row = t.desk.db.selectFrom("tokens").select(["label", "recovered"]).where("id", "=", id);
    expect(await row.executeTakeFirst()).toEqual({ label: "Recovered", recovered: 1 });
  });

  test("keeps no token in a pattern, nor one that a number would complete", async () => {
    const { ctx, ids } = await begin(2);
    const [value = ""] = t.simulator.seed.user("apiCrm").tokens;
    const without = `${value.slice(value.indexOf(":") + 1, -1)}{n}`;
    for (const pattern of [value, `for ${value} {n}`, without])
      expect(await codeOf(labelTokens(ctx, { ids, names: { pattern, from: 1 } }))).toBe("token_in_text");
    expect((await shown(ctx, ids)).map((token) => token?.label)).toEqual([null, null]);
  });

  test("is for the tokens' own user alone, who proved the password lately, and all of it or nothing", async () => {
    const { ctx, ids } = await begin(2);
    const lead = await t.signedIn("leadSales");
    expect(await codeOf(labelTokens(lead, { ids, names: legacy }))).toBe("forbidden");
    const mend = await breakAudit(t);
    expect(await codeOf(labelTokens(ctx, { ids, names: legacy }))).toBe("audit_unavailable");
    await mend();
    await t.pass(minutes(16));
    const late = await t.again(ctx);
    const before = (await trail(t)).length;
    expect(await codeOf(labelTokens(late, { ids, names: legacy }))).toBe("step_up_required");
    expect(await entriesSince(t, before)).toEqual(["token.label refused"]);
    for (const token of await shown(ctx, ids))
      expect(token).toMatchObject({ label: null, status: "unclaimed" });
  });
});
