import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seal, wrappingKey } from "@/lib/server/crypto";
import type { Checkpoint } from "@/lib/server/services/audit/checkpoint";
import { readCheckpoints, takeCheckpoint } from "@/lib/server/services/audit/checkpoint-file";
import { resetCheckpoints } from "@/lib/server/services/audit/reset-checkpoints";
import { tellAuditState } from "@/lib/server/services/audit/tell";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { closeDesk } from "@/lib/server/services/desk";
import { KeyError } from "@/lib/server/services/keys/key-error";
import { readKeys } from "@/lib/server/services/keys/open";
import { readWrappedKey, unwrapKey } from "@/lib/server/services/keys/wrapped-key";
import { isPostgres } from "@/lib/server/store/engine";
import { readMeta, writeMeta } from "@/lib/server/store/meta";
import { engines } from "../support/desk";
import { type HeldDesk, mint, startHeldDesk } from "../support/held-desk";

/*
 * Whoever writes the database, and the folder beside it, cuts off the end of the trail with what they did. The store's own record
 * of its checkpoints is theirs to change as well; what they must not get by that is a trail that verifies.
 */

const record = "audit_checkpoints";

describe.each(engines)(
  "on %s, whoever cuts the trail and writes the store's record of its checkpoints",
  (engine) => {
    let t: HeldDesk;
    beforeEach(async () => {
      t = await startHeldDesk(engine);
      const ctx = await t.signedIn("ann");
      for (let index = 0; index < 3; index += 1) {
        await mint(ctx, `Entry ${index}`);
        await takeCheckpoint(t.desk);
      }
      expect(await verifyAudit(t)).toMatchObject({
        ok: true,
        checkpoints: { agreeing: 3, uncounted: false },
      });
    });
    afterEach(() => t?.stop());

    const kept = () =>
      Readable.from(readCheckpoints(t.env.checkpointsFile)).toArray() as Promise<Checkpoint[]>;
    const write = (value: string) => writeMeta(t.desk.db, record, value);
    const takeOut = () => t.desk.db.deleteFrom("meta").where("name", "=", record).execute();
    const isFound = async () =>
      expect(await verifyAudit(t)).toMatchObject({ ok: false, checkpoints: { uncounted: true } });
    async function cutTo(seq: number) {
      const { db } = t.desk;
      if (isPostgres(db)) await sql`alter table audit disable trigger user`.execute(db);
      else await sql`drop trigger audit_no_delete`.execute(db);
      const entry = db.selectFrom("audit").select("hash").where("seq", "=", seq);
      const { hash } = await entry.executeTakeFirstOrThrow();
      await db.deleteFrom("audit").where("seq", ">", seq).execute();
      await db.updateTable("audit_head").set({ seq, hash }).where("id", "=", 1).execute();
    }

    test("does not stop those that are written out of their reach", async () => {
      for (const value of ["null", "", "{}", '"']) {
        await write(value);
        await mint(await t.signedIn("ben"), "Unwatched");
        const before = (await kept()).length;
        await takeCheckpoint(t.desk);
        expect(await kept()).toHaveLength(before + 1);
      }
      const [first] = await kept();
      await cutTo(first?.entries ?? 0);
      const { brokenAt } = await verifyAudit(t);
      expect(brokenAt).toBe((await kept())[1]?.entries);
    });

    test("is found: the record is taken out, broken, lowered or made up", async () => {
      const genuine = (await readMeta(t.desk.db, record)) ?? "";
      const [first] = await kept();
      await cutTo(first?.entries ?? 0);
      writeFileSync(t.env.checkpointsFile, `${JSON.stringify(first)}\n`);
      const { proof } = JSON.parse(genuine);
      const values = [
        "null",
        "[",
        JSON.stringify({ written: 0 }),
        JSON.stringify({ written: 1, last: first }),
        JSON.stringify({ written: 1, last: first, proof }),
        JSON.stringify({ written: 0, proof: "0".repeat(64) }),
      ];
      for (const value of values) {
        await write(value);
        await isFound();
      }
      await takeOut();
      await isFound();
      // Nor does it heal by itself, with what is written from now on or with a start.
      await mint(await t.signedIn("ben"), "Later");
      await takeCheckpoint(t.desk);
      await t.crash();
      await isFound();
      const told = await tellAuditState(await t.signedIn("super"));
      expect(told).toMatchObject({ ok: false, checkpoints: { uncounted: true } });
    });

    test("is found where nothing is left of the file, or a folder stands there", async () => {
      rmSync(t.env.checkpointsFile);
      expect(await verifyAudit(t)).toMatchObject({ ok: false, checkpoints: { missing: 3 } });
      mkdirSync(t.env.checkpointsFile);
      expect(await verifyAudit(t)).toMatchObject({ ok: false, checkpoints: { missing: 3 } });
      await mint(await t.signedIn("ben"), "Unwatched");
      await takeCheckpoint(t.desk);
      const told = await tellAuditState(await t.signedIn("super"));
      expect(told).toMatchObject({ ok: false, checkpoints: { failing: true } });
    });

    test("is believed once the operator says so, on record", async () => {
      await takeOut();
      await closeDesk(t.desk);
      expect(await resetCheckpoints(t.env)).toMatchObject({ found: 3, state: { ok: true } });
      await t.crash();
      const last = t.desk.db.selectFrom("audit").select("body").orderBy("seq", "desc");
      expect(JSON.parse((await last.executeTakeFirstOrThrow()).body)).toMatchObject({
        action: "audit.checkpoints_reset",
        detail: { uncounted: true },
      });
      expect(await verifyAudit(t)).toMatchObject({ ok: true });
    });

    // Or every store of before would be called tampered with; and what makes it one of before, nobody makes without the secret.
    test("is not who brings a store up to date that counted none before, and cannot pretend to have", async () => {
      const { db } = t.desk;
      const secret = t.env.secret ?? "";
      const { wrapped = "", salt = "" } = await readWrappedKey(db);
      const root = unwrapKey({ wrapped, salt }, [secret])?.root.toString("base64url") ?? "";
      const key = wrappingKey(secret, Buffer.from(salt, "hex"));
      await writeMeta(db, "root_key", seal(key, "secret", "meta\nroot_key\nwrapped", root));
      await write(JSON.stringify({ written: 3, last: (await kept())[2] }));
      await expect(readKeys(db, t.env)).rejects.toThrow(KeyError);
      await t.crash();
      expect(await verifyAudit(t)).toMatchObject({
        ok: true,
        checkpoints: { agreeing: 3, uncounted: false },
      });
      await takeOut();
      await t.crash();
      await isFound();
    });
  },
);
