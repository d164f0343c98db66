import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seconds, systemClock } from "@/lib/server/clock";
import { newId, newSecret } from "@/lib/server/crypto";
import { takeCheckpoint } from "@/lib/server/services/audit/checkpoint-file";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { makeBackup } from "@/lib/server/services/backups/make";
import { restoreBackup, settleDatabase } from "@/lib/server/services/backups/restore";
import type { SessionContext } from "@/lib/server/services/context";
import { closeDesk, openDesk } from "@/lib/server/services/desk";
import { KeyError } from "@/lib/server/services/keys/key-error";
import { loadSession } from "@/lib/server/services/sessions/load";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { migrate, openStore } from "@/lib/server/store/open";
import { type Engine, engines } from "../../support/desk";
import {
  codeOf,
  connectionOf,
  type HeldDesk,
  mint,
  only,
  startHeldDesk,
  trail,
} from "../../support/held-desk";
import { createDatabase } from "../../support/postgres";

/** The world goes on after a backup: what a desk that came out of one must not believe, repeat or forget. */
describe.each(engines)("a desk restored from a backup on %s", (engine: Engine) => {
  let t: HeldDesk;
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-backups-"));
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(async () => {
    await t?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Takes a backup while the desk runs; gives what puts the desk on a store restored from it. */
  const backUp = async (): Promise<() => Promise<void>> => {
    if (engine === "sqlite") {
      const file = join(folder, newId("backup"));
      await makeBackup(t.env, file);
      return async () => {
        const dataDir = join(folder, newId("data"));
        await t.desk.db.destroy();
        await restoreBackup({ ...t.env, dataDir }, file, false, t.clock);
        t.env.dataDir = dataDir;
        await t.crash();
      };
    }
    const url = await copyDatabase(t.env.databaseUrl ?? "");
    return async () => {
      await t.desk.db.destroy();
      t.env.databaseUrl = url;
      await settleDatabase(t.env, t.clock);
      await t.crash();
    };
  };
  const posts = async () => (await t.portal.calls({ endpoint: "mint" })).length;
  const ask = (ctx: SessionContext, label: string) =>
    codeOf(
      mintTokens(ctx, {
        input: { connectionId: connectionOf(ctx).id, label, count: 1 },
        idempotencyKey: newId("key"),
      }),
    );
  const records = async (ctx: SessionContext) =>
    new Map((await listTokens(ctx, {})).items.map(({ id, label, status }) => [id, { label, status }]));

  test("says what the portal has that it does not know, and what it has no more", async () => {
    const ann = await t.signedIn("ann");
    const kept = only(await mint(ann, "Kept"));
    const goes = only(await mint(ann, "Goes"));
    await listTokens(ann, {});
    await t.pass(300_000);
    const restore = await backUp();
    await takeCheckpoint(t.desk);
    const after = only(await mint(ann, "Minted after the backup"));
    await revokeTokenNow(t, ann, goes.id);
    // Of a trail that was longer than the restored one is.
    await takeCheckpoint(t.desk);

    await restore();
    const again = await t.signedIn("ann");
    const shown = await records(again);
    expect(shown.get(kept.id)).toEqual({ label: "Kept", status: "active" });
    expect(shown.get(after.id)?.status).toBe("unclaimed");
    expect(shown.get(goes.id)).toEqual({ label: "Goes", status: "disappeared" });
    const entries = await trail(t);
    expect(entries.findLast(({ action }) => action === "owner.synced")?.detail).toMatchObject({
      new: 1,
      disappeared: 1,
    });
    // The trail explains itself to whoever has a checkpoint of the longer one.
    const at = entries.findIndex(({ action }) => action === "store.restored");
    expect(entries[at]).toMatchObject({ actor: { userName: "Tokendesk" }, detail: { entries: at } });
    expect(await verifyAudit(t)).toMatchObject({ ok: true, checkpoints: { agreeing: 1, replaced: 1 } });
  });

  // Somebody whose session was ended after the backup, since it was stolen, must not find it open again.
  test("no session of before is open, and no credential of before is kept", async () => {
    const ben = await t.signedIn("ben");
    const restore = await backUp();
    await restore();
    expect(await loadSession(t.desk, ben.sid, true)).toBeUndefined();
    const kept = await t.desk.db
      .selectFrom("connections")
      .select("id")
      .where("sealed_credential", "is not", null)
      .execute();
    expect(kept).toEqual([]);
  });

  test("a mint that was being sent is not sent again, and its token is found", async () => {
    const ann = await t.signedIn("ann");
    await listTokens(ann, {});
    await t.portal.addFault({ endpoint: "mint", kind: "hang", effect: true });
    const before = await posts();
    const asked = ask(ann, "Under way");
    await t.portal.waitForCalls({ endpoint: "mint", finished: false }, 1);
    const restore = await backUp();
    await t.portal.clearFaults();
    await t.finish(asked);
    await restore();
    const again = await t.signedIn("ann");
    await t.pass(seconds(6));
    await t.work();
    expect([...(await records(again)).values()]).toContainEqual({ label: "Under way", status: "active" });
    expect(await posts()).toBe(before + 1);
  });

  // When the backup was taken nothing had been sent; that it was later, only the portal's list can tell.
  test("a mint that was sent after the backup is not taken for unsent", async () => {
    const ben = await t.signedIn("ben");
    await listTokens(ben, {});
    await t.pass(seconds(6));
    await t.portal.addFault({ endpoint: "list", kind: "hang" });
    const before = await posts();
    const asked = ask(ben, "Sent later");
    await t.portal.waitForCalls({ endpoint: "list", finished: false }, 1);
    const restore = await backUp();
    await t.portal.clearFaults();
    expect(await t.finish(asked)).toBe("ok");
    expect(await posts()).toBe(before + 1);
    await restore();
    const again = await t.signedIn("ben");
    await t.pass(seconds(6));
    await t.work();
    expect([...(await records(again)).values()]).toContainEqual({ label: "Sent later", status: "active" });
    expect(await posts()).toBe(before + 1);
  });

  test("a revocation that was under way is driven on to its proof", async () => {
    const ann = await t.signedIn("ann");
    const { id } = only(await mint(ann, "To revoke"));
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 503, count: null });
    await t.finish(revokeToken(ann, { id, reason: "unused" }));
    const restore = await backUp();
    await t.portal.clearFaults();
    await restore();
    const again = await t.signedIn("ann");
    await t.pass(seconds(120));
    await t.work();
    const { items } = await listTokens(again, { status: "revoked" });
    expect(items.find((token) => token.id === id)?.revoked?.reason).toBe("unused");
  });

  // A backup that opens with any secret would be a stolen store.
  test("opens with the secret of the desk that made it, and with no other", async () => {
    const secret = newSecret();
    if (engine === "postgres") {
      await expect(settleDatabase({ ...t.env, secret }, systemClock)).rejects.toThrow(KeyError);
      return;
    }
    const file = join(folder, newId("backup"));
    await makeBackup(t.env, file);
    const env = { ...t.env, secret, dataDir: join(folder, "elsewhere") };
    await expect(restoreBackup(env, file, false, systemClock)).rejects.toThrow(KeyError);
    await restoreBackup({ ...env, secret: t.env.secret }, file, false, systemClock);
    await closeDesk(await openDesk({ ...env, secret: t.env.secret }));
  });
});

async function revokeTokenNow(t: HeldDesk, ctx: SessionContext, id: string): Promise<void> {
  const { state } = await t.finish(revokeToken(ctx, { id, reason: "unused" }));
  expect(state).toBe("revoked");
}

/** What `pg_dump` and `pg_restore` come to: one moment of every table, while the desk goes on. */
async function copyDatabase(url: string): Promise<string> {
  const copy = await createDatabase(url);
  const db = openStore({ dataDir: "", databaseUrl: copy });
  await migrate(db);
  await db.destroy();
  const from = new pg.Client({ connectionString: url });
  const to = new pg.Client({ connectionString: copy });
  await Promise.all([from.connect(), to.connect()]);
  await from.query("begin isolation level repeatable read");
  await to.query("delete from audit_head");
  const { rows: tables } = await from.query(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'kysely%'",
  );
  for (const { name } of tables) {
    const { rows } = await from.query(`select coalesce(json_agg(t), '[]')::text as text from ${name} t`);
    await to.query(`insert into ${name} select * from json_populate_recordset(null::${name}, $1)`, [
      rows[0].text,
    ]);
  }
  await Promise.all([from.end(), to.end()]);
  return copy;
}
