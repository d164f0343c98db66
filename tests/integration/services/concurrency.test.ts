import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { checkReady } from "@/lib/server/services/health/ready";
import { finishRevocation, refuseRevocation } from "@/lib/server/services/operations/end-revoke";
import { refreshOperation } from "@/lib/server/services/operations/state";
import { checkToken } from "@/lib/server/services/tokens/check";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { itemsOf, operationById } from "@/lib/server/store/operations";
import { mergeOwner } from "@/lib/server/store/owners";
import type { Db, OperationItemTable } from "@/lib/server/store/schema";
import { endSession, lockSession } from "@/lib/server/store/sessions";
import { claimForRevocation } from "@/lib/server/store/tokens";
import { engines } from "../../support/desk";
import { codeOf, type HeldDesk, mint, startHeldDesk } from "../../support/held-desk";

describe.each(engines)("many at once on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  test("whatever people do to one API user's tokens at the same time, nobody waits in a circle", async () => {
    const owners = await Promise.all([1, 2, 3].map(() => t.signedIn("apiCrm")));
    const [first] = owners;
    if (!first) throw new Error("nobody signed in");
    const lead = await t.signedIn("leadSales");
    const tokens = await mint(first, "Busy", 6);
    await t.pass();
    await t.portal.addTokens("api-crm@demo.example", { prefixed: 5 });
    const all = owners.flatMap((ctx, i) => [
      listTokens(ctx, {}),
      ...tokens.map(({ id }) => patchToken(ctx, { id, patch: { notes: `from ${i}` } })),
      ...tokens.map(({ id }) => checkToken(ctx, { id })),
      copyToken(ctx, { id: tokens[i]?.id ?? "", as: "raw" }),
      mint(ctx, `More ${i}`),
    ]);
    const revocations = tokens
      .slice(4)
      .flatMap(({ id }) => [
        revokeToken(first, { id, reason: "unused" }),
        revokeToken(lead, { id, reason: "compromised" }),
      ]);
    const codes = new Set(await Promise.all([...all, ...revocations, listTokens(lead, {})].map(codeOf)));
    // What was revoked meanwhile cannot be labelled or checked any more; nothing else goes wrong.
    for (const code of ["ok", "wrong_state", "value_erased"]) codes.delete(code);
    expect([...codes]).toEqual([]);
    expect(await verifyAudit(first)).toMatchObject({ ok: true });
  });
});

/** On SQLite there is one writer at a time. Here each holds something, and is to wait for nobody who waits for it. */
describe("in each other's way on postgres", () => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk("postgres");
  });
  afterAll(() => t?.stop());

  const waiting = async () => {
    const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(t.desk.db);
    return rows.length;
  };
  /** Runs `first` in a transaction, begins `other`, and once that waits goes on with `then`. */
  const meet = async (
    first: (tx: Db) => Promise<unknown>,
    other: () => Promise<unknown>,
    then: (tx: Db) => Promise<unknown>,
  ) => {
    let code = Promise.resolve("not begun");
    const own = await codeOf(
      t.desk.db.transaction().execute(async (tx) => {
        await first(tx);
        code = codeOf(other());
        await expect.poll(waiting).toBe(1);
        await then(tx);
      }),
    );
    return [own, await code];
  };

  test("a retry, and the end of another item of its operation", async () => {
    const ctx = await t.signedIn("apiCrm");
    const ids = (await mint(ctx, "Two", 2)).map(({ id }) => id);
    const { operationId } = await revokeTokens(ctx, { ids, reason: "unused" });
    const operation = await operationById(t.desk.db, operationId);
    const [one, two] = await itemsOf(t.desk.db, operationId);
    if (!operation || !one || !two) throw new Error("no such operation");
    const open = (item: OperationItemTable) => ({ operation, item, portal: "sim", value: undefined });
    for (const end of [
      () => finishRevocation(t.desk, open(one)),
      () => refuseRevocation(t.desk, open(two), "portal_refused"),
    ]) {
      const retry = (tx: Db) => refreshOperation(tx, operationId, t.desk.clock.now());
      expect(await meet((tx) => claimForRevocation(tx, ids, 0), end, retry)).toEqual(["ok", "ok"]);
    }
  });

  test("the end of a session, and two owners who turn out to be one", async () => {
    const [ann, ben] = [await t.signedIn("ann"), await t.signedIn("ben")];
    const merge = () =>
      t.desk.db.transaction().execute((tx) => mergeOwner(tx, ann.session.ownerId, ben.session.ownerId));
    const end = (tx: Db) => endSession(tx, ann.session.id, t.desk.clock.now(), "signed_out");
    expect(await meet((tx) => lockSession(tx, ann.session.id), merge, end)).toEqual(["ok", "ok"]);
  });
});

describe.each(engines)("being ready on %s", (engine) => {
  test("means that the store takes a write and the trail has its head; no portal is asked", async () => {
    const t = await startHeldDesk(engine);
    expect(await checkReady(t.desk)).toEqual({ ok: true, failing: [] });
    await t.desk.db.deleteFrom("audit_head").execute();
    expect(await checkReady(t.desk)).toEqual({ ok: false, failing: ["audit"] });
    await t.desk.db.schema.dropTable("meta").execute();
    expect(await checkReady(t.desk)).toEqual({ ok: false, failing: ["store", "audit"] });
    expect(await t.portal.calls()).toEqual([]);
    await t.stop();
  });
});
