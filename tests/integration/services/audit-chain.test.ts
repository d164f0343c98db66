import canonicalize from "canonicalize";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import type { SessionContext } from "@/lib/server/services/context";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { type AuditBody, appendAudit, auditHead, chainHash, columnsOf } from "@/lib/server/store/audit";
import { isPostgres } from "@/lib/server/store/engine";
import { engines } from "../../support/desk";
import { type HeldDesk, mint, only, startHeldDesk } from "../../support/held-desk";

describe.each(engines)("the chain of the audit trail on %s", (engine) => {
  let t: HeldDesk;
  let ctx: SessionContext;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
    ctx = await t.signedIn("super");
    const token = only(await mint(ctx, "Chained"));
    for (let i = 0; i < 10; i += 1) await patchToken(ctx, { id: token.id, patch: { notes: `note ${i}` } });
  });
  afterAll(() => t?.stop());

  const rows = () => t.desk.db.selectFrom("audit").selectAll().orderBy("seq").execute();

  test("holds, from the first entry to the head", async () => {
    const all = await rows();
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, i) => i + 1));
    expect(await verifyAudit(ctx)).toMatchObject({
      ok: true,
      entries: all.length,
      headHash: all.at(-1)?.hash,
    });
  });

  test("holds however many write at the same time", async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        t.desk.db.transaction().execute((tx) =>
          appendAudit(tx, [
            {
              at: i,
              action: "token.label",
              result: "ok",
              actor: { portal: "sim", userName: `writer ${i}` },
              ip: "",
              requestId: "",
            },
          ]),
        ),
      ),
    );
    expect(await verifyAudit(ctx)).toMatchObject({ ok: true });
  });

  test("holds where an earlier version has folded a name otherwise, which nobody can change any more", async () => {
    const { db } = t.desk;
    const actor = { portal: "sim", userName: "J\u00dcRGEN@demo.example" };
    const said: AuditBody = { at: 1, action: "token.label", result: "ok", actor, ip: "", requestId: "" };
    const body = canonicalize(said) ?? "";
    const { seq: last, hash: prev } = await auditHead(db);
    const seq = last + 1;
    const hash = chainHash(seq, prev, body);
    const columns = { ...columnsOf(said), actor_name: "j\u00fcrgen@demo.example" };
    expect(columns).not.toEqual(columnsOf(said));
    await db
      .insertInto("audit")
      .values({ seq, prev, hash, body, ...columns })
      .execute();
    await db.updateTable("audit_head").set({ seq, hash }).execute();
    expect(await verifyAudit(ctx)).toMatchObject({ ok: true });
  });

  test("is walked to its head while others write", async () => {
    const walks = await Promise.all([verifyAudit(ctx), mint(ctx, "Meanwhile"), verifyAudit(ctx)]);
    expect(walks[0].ok && walks[2].ok).toBe(true);
  });

  describe("the engine itself refuses", () => {
    // Whoever gets hold of the desk's own connection must not be able to change the past quietly.
    const refused = (statement: Promise<unknown>) => expect(statement).rejects.toThrow(/append-only/);

    test("to change or delete an entry", async () => {
      await refused(t.desk.db.updateTable("audit").set({ result: "ok" }).where("seq", "=", 1).execute());
      await refused(t.desk.db.deleteFrom("audit").where("seq", "=", 1).execute());
      await refused(t.desk.db.deleteFrom("audit").execute());
    });

    test("to replace or truncate", async () => {
      if (isPostgres(t.desk.db)) {
        await refused(sql`truncate audit`.execute(t.desk.db));
        await refused(
          sql`insert into audit select * from audit where seq = 1 on conflict (seq) do update set result = 'ok'`.execute(
            t.desk.db,
          ),
        );
      } else {
        await refused(sql`insert or replace into audit select * from audit where seq = 1`.execute(t.desk.db));
        await refused(sql`update or replace audit set seq = 1 where seq = 2`.execute(t.desk.db));
      }
      expect(await verifyAudit(ctx)).toMatchObject({ ok: true });
    });
  });

  describe("with the triggers gone, as an owner of the database could, it finds", () => {
    let original: Awaited<ReturnType<typeof rows>>;
    beforeAll(async () => {
      const { db } = t.desk;
      if (isPostgres(db)) await sql`alter table audit disable trigger user`.execute(db);
      else
        for (const name of ["update", "delete", "replace"])
          await sql`drop trigger ${sql.ref(`audit_no_${name}`)}`.execute(db);
      original = await rows();
    });
    beforeEach(async () => {
      await t.desk.db.deleteFrom("audit").execute();
      await t.desk.db.insertInto("audit").values(original).execute();
      expect(await verifyAudit(ctx)).toMatchObject({ ok: true });
    });

    const brokenAt = async (seq: number) => {
      expect(await verifyAudit(ctx)).toMatchObject({ ok: false, brokenAt: seq });
    };
    const change = (seq: number, set: object) =>
      t.desk.db.updateTable("audit").set(set).where("seq", "=", seq).execute();

    test("an edited body", async () => {
      await change(5, { body: original[4]?.body.replace("ok", "no") });
      await brokenAt(5);
    });

    test.each(["action", "result", "actor_name", "token_id", "actor_owner_id", "target_owner_id"])(
      "an edited column that people search by: %s",
      async (column) => {
        await change(5, { [column]: "somebody else" });
        await brokenAt(5);
      },
    );

    test("an edited time", async () => {
      await change(5, { at: 1 });
      await brokenAt(5);
    });

    test("an edit with a hash made to fit: at the next entry", async () => {
      const body = original[4]?.body.replace('"ok"', '"failed"') ?? "";
      await change(5, { body, result: "failed", hash: chainHash(5, original[4]?.prev ?? "", body) });
      await brokenAt(6);
    });

    test("a body that is none, under a hash made to fit", async () => {
      await change(5, { body: "{", hash: chainHash(5, original[4]?.prev ?? "", "{") });
      await brokenAt(5);
    });

    test("a deleted entry, the first, one between, or the last", async () => {
      for (const seq of [1, 5, original.length]) {
        const row = original.filter((one) => one.seq === seq);
        await t.desk.db.deleteFrom("audit").where("seq", "=", seq).execute();
        await brokenAt(seq);
        await t.desk.db.insertInto("audit").values(row).execute();
      }
    });

    test("everything deleted", async () => {
      await t.desk.db.deleteFrom("audit").execute();
      await brokenAt(1);
    });

    test("an inserted entry", async () => {
      await t.desk.db
        .updateTable("audit")
        .set((e) => ({ seq: e("seq", "+", 1_000) }))
        .where("seq", ">", 5)
        .execute();
      await t.desk.db
        .updateTable("audit")
        .set((e) => ({ seq: e("seq", "-", 999) }))
        .where("seq", ">", 1_000)
        .execute();
      await t.desk.db
        .insertInto("audit")
        .values({ ...(original[4] as (typeof original)[0]), seq: 6 })
        .execute();
      await brokenAt(6);
    });

    test("two entries in each other's place", async () => {
      await change(5, { seq: -1 });
      await change(6, { seq: 5 });
      await change(-1, { seq: 6 });
      await brokenAt(5);
    });

    test("a head that was moved back with the entries gone from the table", async () => {
      await t.desk.db.updateTable("audit_head").set({ seq: 3 }).execute();
      expect(await verifyAudit(ctx)).toMatchObject({ ok: false, brokenAt: 4 });
    });
  });
});
