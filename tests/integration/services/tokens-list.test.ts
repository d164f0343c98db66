import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { fingerprint } from "@/lib/server/crypto";
import { connect } from "@/lib/server/services/connections/connect";
import { getToken } from "@/lib/server/services/tokens/get";
import { listTokens } from "@/lib/server/services/tokens/list";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { startTokenList } from "@/lib/server/services/tokens/start-list";
import { tokenById } from "@/lib/server/store/tokens";
import { engines } from "../../support/desk";
import {
  breakAudit,
  codeOf,
  connectionOf,
  type HeldDesk,
  mint,
  startHeldDesk,
} from "../../support/held-desk";

describe.each(engines)("the list of tokens on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine, { simulator: { extraTokens: { ben: 120 } } });
  });
  afterAll(() => t?.stop());

  const labels = (items: { label: string | null }[]) => items.map(({ label }) => label).sort();

  test("shows the caller's own tokens without any value", async () => {
    const ctx = await t.signedIn("apiCrm");
    const list = await listTokens(ctx, {});
    const { tokens } = t.simulator.seed.user("apiCrm");
    expect(list.items).toHaveLength(tokens.length);
    expect(list).toMatchObject({ stale: false, sources: [{ state: "fresh" }] });
    expect(list.items.every(({ connectionId }) => connectionId === connectionOf(ctx).id)).toBe(true);
    for (const value of tokens) expect(JSON.stringify(list)).not.toContain(value);
  });

  test("filters by status, connection and words", async () => {
    const ctx = await t.signedIn("ann");
    const [first] = await mint(ctx, "Zephyr sync", 2);
    await patchToken(ctx, { id: first?.id ?? "", patch: { environment: "Staging", tags: ["blue"] } });
    const [gone] = await mint(ctx, "Old mail export");
    await revokeToken(ctx, { id: gone?.id ?? "", reason: "unused" });
    await t.pass();
    const q = (text: string) => listTokens(ctx, { q: text }).then(({ items }) => labels(items));
    expect(await q("zephyr staging BLUE")).toEqual(["Zephyr sync 1"]);
    expect(await q("ANN@demo zephyr")).toHaveLength(2);
    expect(await q("no such words")).toEqual([]);
    const status = (wanted: "active" | "revoked" | "unclaimed" | "all") =>
      listTokens(ctx, { status: wanted }).then(({ items }) => labels(items));
    expect(await status("active")).toEqual(["Zephyr sync 1", "Zephyr sync 2"]);
    expect(await status("revoked")).toEqual(["Old mail export"]);
    expect(await status("unclaimed")).toEqual([null]);
    expect(await status("all")).toHaveLength(4);
    // What is revoked is counted where it is left out.
    const current = await listTokens(ctx, {});
    expect(labels(current.items)).not.toContain("Old mail export");
    expect(current.revokedLately).toBe(1);
    expect((await startTokenList(ctx)).counts).toMatchObject({ active: 2, unclaimed: 1, revokedLately: 1 });

    const { userName, password } = t.passwordOf("apiDialer");
    const { id } = await connect(ctx, { portal: "sim", username: userName, password });
    const both = await t.again(ctx);
    const one = await listTokens(both, { connection: id });
    expect(one.items.every(({ connectionId }) => connectionId === id)).toBe(true);
    expect(one.items).toHaveLength(3);
  });

  test("what others own is not there, for a lead of another team neither", async () => {
    const ann = await t.signedIn("ann");
    const [mine] = (await listTokens(ann, {})).items;
    const ben = await t.signedIn("ben");
    expect((await listTokens(ben, {})).items.map(({ id }) => id)).not.toContain(mine?.id);
    expect(await codeOf(getToken(ben, { id: mine?.id ?? "" }))).toBe("not_found");
    const omar = await t.signedIn("leadSupport");
    expect((await listTokens(omar, {})).items.map(({ id }) => id)).not.toContain(mine?.id);
    expect(await codeOf(getToken(omar, { id: mine?.id ?? "" }))).toBe("not_found");
    const lena = await t.signedIn("leadSales");
    const seen = (await listTokens(lena, {})).items.find(({ id }) => id === mine?.id);
    expect(seen).toMatchObject({ owner: { userName: "ann@demo.example" } });
    expect(seen?.connectionId).toBeUndefined();
    expect(await getToken(lena, { id: mine?.id ?? "" })).toEqual(seen);
    expect(await codeOf(getToken(lena, { id: "tok_aaaaaaaaaaaaaaaaaaaaaaaaaa" }))).toBe("not_found");
  });

  test("a lead who is none any more sees no people after a minute", async () => {
    const lena = await t.signedIn("leadSales");
    const people = async () =>
      (await listTokens(await t.again(lena), {})).items.filter(({ connectionId }) => !connectionId).length;
    expect(await people()).toBeGreaterThan(0);
    await t.portal.changeUser("lena.lead@demo.example", { roles: ["USER"] });
    await t.pass(minutes(1));
    expect(await people()).toBe(0);
    await t.portal.changeUser("lena.lead@demo.example", { roles: ["USER", "MANAGE_USERS"] });
  });

  test("a lead whose own connection of a person ended sees them as a lead still", async () => {
    const lena = await t.signedIn("leadSales");
    const { userName, password } = t.passwordOf("ann");
    await connect(lena, { portal: "sim", username: userName, password });
    await t.portal.expireAuthTokens("ann@demo.example");
    await t.pass();
    // The first learns of the end while it asks.
    for (const _time of ["when it is learned", "afterwards"]) {
      const { items } = await listTokens(await t.again(lena), {});
      const hers = items.filter(({ owner }) => owner.userName === "ann@demo.example");
      expect(hers.length).toBeGreaterThan(0);
      expect(hers.every(({ connectionId }) => connectionId === undefined)).toBe(true);
    }
  });

  test("twenty viewers of one owner, people, pages and API mixed, cost one call", async () => {
    const people = await Promise.all([1, 2].map(() => t.signedIn("apiCrm")));
    await t.pass();
    await t.portal.clearCalls();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const ctx = people[i % 2];
        if (!ctx) throw new Error("nobody");
        return i % 4 < 2 ? listTokens(ctx, {}) : startTokenList(ctx);
      }),
    );
    expect(await t.portal.calls({ endpoint: "list" })).toHaveLength(1);
    await t.pass(seconds(4));
    await listTokens(people[0] as (typeof people)[0], {});
    expect(await t.portal.calls({ endpoint: "list" })).toHaveLength(1);
    await t.pass(seconds(2));
    await listTokens(people[0] as (typeof people)[0], {});
    expect(await t.portal.calls({ endpoint: "list" })).toHaveLength(2);
  });

  test("the page begins with counts of everything and the first hundred rows", async () => {
    const ctx = await t.signedIn("ben");
    const start = await startTokenList(ctx);
    expect(start).toMatchObject({ total: 120, counts: { unclaimed: 120, active: 0 } });
    expect(start.items).toHaveLength(100);
  });

  test.each([
    ["down", { kind: "status", status: 503, count: null }, "portal_unavailable"],
    ["resetting", { kind: "reset-before", count: null }, "portal_unavailable"],
    ["answering HTML", { kind: "html", status: 200, count: null }, "portal_not_understood"],
    ["hanging", { kind: "hang", count: null }, "portal_timeout"],
    ["limiting", { kind: "status", status: 429, retryAfter: "30", count: null }, "portal_limited"],
    ["refusing", { kind: "status", status: 403, count: null }, "portal_refused"],
  ] as const)("a portal that is %s leaves what is known, marked stale", async (_, fault, error) => {
    const ctx = await t.signedIn("apiDialer");
    const fresh = await listTokens(ctx, {});
    await t.pass();
    await t.portal.addFault({ endpoint: "list", ...fault });
    const stale = await t.finish(listTokens(ctx, {}));
    expect(stale).toMatchObject({ stale: true, sources: [{ state: "stale", error }] });
    expect(stale.sources[0]?.fetchedAt).toBe(fresh.fetchedAt);
    expect(stale.items).toEqual(fresh.items);
    await t.portal.clearFaults();
    await t.pass(minutes(1));
    expect(await t.finish(listTokens(ctx, {}))).toMatchObject({ stale: false });
  });

  test("a slow list does not hold up the page, and arrives in the background", async () => {
    const ctx = await t.signedIn("apiReports");
    await listTokens(ctx, {});
    const [value] = await t.portal.addTokens("api-reports@demo.example", { prefixed: 1 });
    await t.pass();
    await t.portal.addFault({ endpoint: "list", kind: "latency", ms: 150 });
    const page = startTokenList(ctx);
    await t.portal.waitForCalls(
      { endpoint: "list", finished: false, userName: "api-reports@demo.example" },
      1,
    );
    await t.pass(seconds(2));
    expect(await page).toMatchObject({ stale: true, total: 2, sources: [{ error: "portal_timeout" }] });
    const id = fingerprint(t.desk.keys, "sim", value ?? "");
    await vi.waitFor(async () =>
      expect(await tokenById(t.desk.db, id)).toMatchObject({ status: "unclaimed" }),
    );
  });

  test("news that cannot be audited is not taken in, and what is known is shown", async () => {
    const ctx = await t.signedIn("apiCrm");
    const before = await listTokens(ctx, {});
    await t.portal.addTokens("api-crm@demo.example", { bare: 1 });
    await t.pass();
    const mend = await breakAudit(t);
    const during = await listTokens(ctx, {});
    expect(during).toMatchObject({ stale: true, sources: [{ error: "audit_unavailable" }] });
    expect(during.items).toEqual(before.items);
    await mend();
    await t.pass();
    expect((await listTokens(ctx, {})).items).toHaveLength(before.items.length + 1);
  });

  test("a token of any form is listed; what cannot be stored or printed of it is left out of the hint", async () => {
    const ctx = await t.signedIn("cleo");
    const values = [
      "a\u0000b\u0007c-unforeseen-token-1",
      "\ud800lone surrogate, and spaces\u{1f511}",
      "short",
    ];
    await t.portal.addTokens("cleo@demo.example", { values });
    const { items, stale } = await listTokens(ctx, {});
    expect(stale).toBe(false);
    expect(items).toHaveLength(3);
    for (const { hint } of items) expect(hint).toMatch(/^[^\p{Cc}\p{Cs}]+$/u);
  });
});
