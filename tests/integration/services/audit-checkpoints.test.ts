import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { seconds } from "@/lib/server/clock";
import { type Checkpoint, makeCheckpoint } from "@/lib/server/services/audit/checkpoint";
import {
  readCheckpoints,
  takeCheckpoint,
  takeDueCheckpoint,
} from "@/lib/server/services/audit/checkpoint-file";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { type AuditBody, appendAudit, chainHash, columnsOf, genesis } from "@/lib/server/store/audit";
import { isPostgres } from "@/lib/server/store/engine";
import { engines } from "../../support/desk";
import { type HeldDesk, startHeldDesk } from "../../support/held-desk";

const entry = (n: number): AuditBody => ({
  at: n,
  action: "token.label",
  result: "ok",
  actor: { portal: "sim", userName: `writer ${n}` },
  ip: "",
  requestId: "",
});

describe.each(engines)("checkpoints of the audit trail on %s", (engine) => {
  let t: HeldDesk;
  beforeEach(async () => {
    t = await startHeldDesk(engine);
  });
  afterEach(() => t?.stop());

  const write = (count: number) =>
    t.desk.db.transaction().execute(async (tx) => {
      await appendAudit(
        tx,
        Array.from({ length: count }, (_, n) => entry(n)),
      );
    });
  const kept = () => Readable.from(readCheckpoints(t.env.checkpointsFile)).toArray() as Promise<Checkpoint[]>;
  const due = () => takeDueCheckpoint(t.desk);

  test("are taken at the start, after a hundred entries, and within a minute of anything new", async () => {
    await due();
    expect(await kept()).toEqual([]);
    await write(1);
    await due();
    await write(99);
    await due();
    expect((await kept()).map(({ entries }) => entries)).toEqual([1]);
    await write(1);
    await due();
    expect((await kept()).map(({ entries }) => entries)).toEqual([1, 101]);
    await write(1);
    await t.pass(seconds(59));
    await due();
    expect(await kept()).toHaveLength(2);
    await t.pass(seconds(1));
    await due();
    await t.pass(seconds(600));
    await due();
    expect((await kept()).map(({ entries }) => entries)).toEqual([1, 101, 102]);
    expect(await verifyAudit(t)).toMatchObject({ ok: true, checkpoints: { agreeing: 3, replaced: 0 } });
  });

  // What cannot be written apart is still in the store: nothing is refused for it, and it is not silent.
  test("that cannot be written stop nothing, are told, and are tried again", async () => {
    t.env.checkpointsFile = `${t.env.dataDir}/apart/checkpoints.jsonl`;
    writeFileSync(`${t.env.dataDir}/apart`, "");
    await write(1);
    await due();
    expect(t.desk.trail.checkpoint).toMatchObject({ failed: true });
    rmSync(`${t.env.dataDir}/apart`);
    await due();
    expect(await kept()).toEqual([]);
    await t.pass(seconds(60));
    await due();
    expect(t.desk.trail.checkpoint).toMatchObject({ failed: false, entries: 1 });
    expect(await kept()).toHaveLength(1);
  });

  test("that a dying process left unfinished do not swallow the next", async () => {
    await write(1);
    writeFileSync(t.env.checkpointsFile, '{"entries":1,"hea');
    await takeCheckpoint(t.desk);
    expect((await kept()).map(({ entries }) => entries)).toEqual([1]);
    expect(await verifyAudit(t)).toMatchObject({ ok: true });
  });

  test("are readable by the desk's own user alone", async () => {
    await write(1);
    await takeCheckpoint(t.desk);
    expect(statSync(t.env.checkpointsFile).mode & 0o777).toBe(0o600);
  });
});

/*
 * Whoever owns the database can drop its triggers and write any chain that holds. What they gain is a past of their
 * own making; what gives them away is what the desk wrote elsewhere.
 */
describe.each(engines)("with checkpoints, an owner of the %s database is found out who", (engine) => {
  let t: HeldDesk;
  let checkpoints: string;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
    await appendAll(Array.from({ length: 30 }, (_, n) => entry(n)));
    await takeCheckpoint(t.desk);
    checkpoints = readFileSync(t.env.checkpointsFile, "utf8");
    const { db } = t.desk;
    if (isPostgres(db)) await sql`alter table audit disable trigger user`.execute(db);
    else
      for (const name of ["update", "delete", "replace"])
        await sql`drop trigger ${sql.ref(`audit_no_${name}`)}`.execute(db);
  });
  beforeEach(async () => {
    writeFileSync(t.env.checkpointsFile, checkpoints);
    await rewrite(Array.from({ length: 30 }, (_, n) => entry(n)));
    expect(await verifyAudit(t)).toMatchObject({ ok: true });
  });
  afterAll(() => t?.stop());

  const appendAll = (bodies: AuditBody[]) =>
    t.desk.db.transaction().execute(async (tx) => {
      await appendAudit(tx, bodies);
    });
  /** Makes the whole chain anew, each link and the head as they have to be. */
  const rewrite = async (bodies: AuditBody[]) => {
    await t.desk.db.deleteFrom("audit").execute();
    await t.desk.db.updateTable("audit_head").set({ seq: 0, hash: genesis }).execute();
    await appendAll(bodies);
  };
  const bodies = async () =>
    (await t.desk.db.selectFrom("audit").select("body").orderBy("seq").execute()).map(
      ({ body }): AuditBody => JSON.parse(body),
    );
  const isBroken = async (brokenAt: number) =>
    expect(await verifyAudit(t)).toMatchObject({ ok: false, brokenAt, checkpoints: { brokenAt } });

  test("cuts off the last ten entries", async () => {
    await rewrite((await bodies()).slice(0, -10));
    await isBroken(30);
  });

  test("cuts them off, and goes on writing", async () => {
    await rewrite([...(await bodies()).slice(0, -10), ...Array.from({ length: 20 }, () => entry(7))]);
    await isBroken(30);
  });

  test.each([
    ["changes one", (all: AuditBody[]) => all.with(4, { ...entry(4), result: "failed" })],
    ["takes one out", (all: AuditBody[]) => all.toSpliced(4, 1)],
    ["inserts one", (all: AuditBody[]) => all.toSpliced(4, 0, entry(99))],
    ["swaps two", (all: AuditBody[]) => all.toSpliced(4, 2, all[5] ?? entry(5), all[4] ?? entry(4))],
    ["empties it", () => []],
  ])("%s, and makes every hash anew", async (_, change) => {
    await rewrite(change(await bodies()));
    await isBroken(30);
  });

  // The file may lie in their reach as well. They can write any line, but not its MAC.
  test("writes a checkpoint that fits", async () => {
    await rewrite((await bodies()).slice(0, -10));
    const { seq: entries, hash: head } = await t.desk.db
      .selectFrom("audit_head")
      .select(["seq", "hash"])
      .executeTakeFirstOrThrow();
    const theirs = makeCheckpoint({ audit: Buffer.alloc(32, 7) }, { entries, head }, t.clock.now());
    writeFileSync(t.env.checkpointsFile, `${JSON.stringify(theirs)}\n`);
    await isBroken(20);
    const [ours] = JSON.parse(`[${checkpoints}]`) as [Checkpoint];
    writeFileSync(t.env.checkpointsFile, `${JSON.stringify({ ...ours, entries, head })}\n`);
    await isBroken(20);
  });

  // A restored backup explains a shorter trail; so they say that there was one.
  test("pretends that a backup was restored", async () => {
    const all = (await bodies()).slice(0, -10);
    const proof = "0".repeat(64);
    const restored = { ...entry(0), at: t.clock.now() + 1000, action: "store.restored" };
    await rewrite([...all, { ...restored, detail: { entries: all.length, proof } }]);
    await isBroken(30);
    await rewrite([...all, { ...restored, detail: { entries: all.length } }]);
    await isBroken(30);
  });

  test("leaves a chain whose links do not hold: told from the entry on", async () => {
    const body = JSON.stringify(entry(99));
    await t.desk.db
      .updateTable("audit")
      .set({ body, hash: chainHash(5, genesis, body), ...columnsOf(entry(99)) })
      .where("seq", "=", 5)
      .execute();
    expect(await verifyAudit(t)).toMatchObject({ ok: false, brokenAt: 5 });
  });
});
