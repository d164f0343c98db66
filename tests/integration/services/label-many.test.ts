import type { DatabaseConnection } from "kysely";
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

describe.each(engines)("labelling a selection on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const begin = async (count = 3) => {
    const ctx = await t.signedIn("apiCrm");
    const ids = (await mint(ctx, "Batch", count)).map(({ id }) => id);
    return { ctx, ids };
  };
  const shown = async (ctx: SessionContext, ids: string[]) => {
    const { items } = await listTokens(ctx, { status: "all" });
    return ids.map((id) => items.find((token) => token.id === id));
  };

  test("changes what is given and leaves the rest, with an entry for each token that changed", async () => {
    const { ctx, ids } = await begin();
    const [first = ""] = ids;
    await patchToken(ctx, { id: first, patch: { tags: ["old", "kept"], purpose: "As it was" } });
    const before = (await trail(t)).length;
    const expiresAt = "2027-03-01T23:59:59+01:00";
    expect(await labelTokens(ctx, { ids, addTags: ["new"], removeTags: ["old"], expiresAt })).toEqual({
      items: ids.map((tokenId) => ({ tokenId })),
    });
    const tokens = await shown(ctx, ids);
    expect(tokens.map((token) => token?.tags)).toEqual([["kept", "new"], ["new"], ["new"]]);
    expect(tokens.map((token) => token?.purpose)).toEqual(["As it was", null, null]);
    for (const token of tokens)
      expect(token).toMatchObject({ expiresAt: "2027-03-01T22:59:59.000Z", expiry: "advisory" });
    expect(await entriesSince(t, before)).toEqual(Array(3).fill("token.label ok"));
    // Those that have it all already are not written again.
    const after = (await trail(t)).length;
    const same = { addTags: ["new"], removeTags: ["old"], expiresAt };
    expect((await labelTokens(ctx, { ids, ...same })).items).toHaveLength(3);
    expect(await trail(t)).toHaveLength(after);
  });

  test("what cannot take it stays as it was and says why; the others are saved", async () => {
    const { ctx, ids } = await begin();
    const [revoked = "", full = "", free = ""] = ids;
    await t.finish(revokeToken(ctx, { id: revoked, reason: "unused" }));
    const tags = Array.from({ length: 20 }, (_, i) => `tag-${i}`);
    await patchToken(ctx, { id: full, patch: { tags } });
    expect(await labelTokens(ctx, { ids, addTags: ["one more"], environment: "staging" })).toEqual({
      items: [
        { tokenId: revoked, error: "wrong_state" },
        { tokenId: full, error: "too_many_tags" },
        { tokenId: free },
      ],
    });
    const [, fullNow, freeNow] = await shown(ctx, ids);
    expect(fullNow).toMatchObject({ tags, environment: null });
    expect(freeNow).toMatchObject({ tags: ["one more"], environment: "staging" });
  });

  // Until its transaction ends, everybody else who has anything recorded waits: a sign-in, a revocation.
  test("takes a few statements for however many, besides looking at each", async () => {
    const { ctx, ids } = await begin(20);
    const executor = t.desk.db.getExecutor();
    const provide = executor.provideConnection.bind(executor);
    let statements = 0;
    const counted = (connection: DatabaseConnection) =>
      new Proxy(connection, {
        get(target, name) {
          if (name === "executeQuery") statements += 1;
          const value = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    executor.provideConnection = (consumer) => provide((connection) => consumer(counted(connection)));
    await labelTokens(ctx, { ids, environment: "staging" });
    executor.provideConnection = provide;
    expect(statements).toBeLessThan(3 * ids.length);
    expect((await trail(t)).slice(-20).map(({ target }) => target?.tokenId)).toEqual(ids);
  });

  test("saves all of it or nothing", async () => {
    const { ctx, ids } = await begin();
    const mend = await breakAudit(t);
    expect(await codeOf(labelTokens(ctx, { ids, environment: "staging" }))).toBe("audit_unavailable");
    await mend();
    for (const token of await shown(ctx, ids)) expect(token?.environment).toBeNull();
  });

  test("keeps no token in a text, and wants everything to be one's own", async () => {
    const { ctx, ids } = await begin(1);
    const [value = ""] = t.simulator.seed.user("apiCrm").tokens;
    expect(await codeOf(labelTokens(ctx, { ids, purpose: `for ${value}` }))).toBe("token_in_text");
    const lead = await t.signedIn("leadSales");
    expect(await codeOf(labelTokens(lead, { ids, purpose: "Mine now" }))).toBe("forbidden");
    const stranger = await t.signedIn("leadSupport");
    expect(await codeOf(labelTokens(stranger, { ids, purpose: "Mine now" }))).toBe("not_found");
    expect((await shown(ctx, ids))[0]?.purpose).toBeNull();
  });

  test("wants the password proved lately, and a refusal is on record", async () => {
    const { ctx, ids } = await begin(2);
    await t.pass(minutes(16));
    const late = await t.again(ctx);
    const before = (await trail(t)).length;
    expect(await codeOf(labelTokens(late, { ids, environment: "staging" }))).toBe("step_up_required");
    expect(await entriesSince(t, before)).toEqual(["token.label refused"]);
  });

  test("two selections at the same time do not wait for each other in a circle", async () => {
    const { ctx, ids } = await begin(10);
    const changes = Array.from({ length: 6 }, (_, i) =>
      labelTokens(ctx, { ids: i % 2 ? ids : [...ids].reverse(), addTags: [`t${i}`] }),
    );
    await Promise.all(changes);
    for (const token of await shown(ctx, ids))
      expect(token?.tags.toSorted()).toEqual(["t0", "t1", "t2", "t3", "t4", "t5"]);
  });
});
