import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId, newSecret } from "@/lib/server/crypto";
import { takeCheckpoint } from "@/lib/server/services/audit/checkpoint-file";
import { exportAudit } from "@/lib/server/services/audit/export";
import { readExportLine } from "@/lib/server/services/audit/export-line";
import type { SessionContext } from "@/lib/server/services/context";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { chainHash, genesis } from "@/lib/server/store/audit";
import { runCommand } from "../../support/command";
import { startTestDesk, type TestDesk } from "../../support/desk";
import { mint, only } from "../../support/held-desk";

type Line = { seq: number; at: string; action: string; result: string; prev: string; hash: string };

/** Makes each hash of an export anew, as whoever wrote the lines could. */
function relink(lines: string[]): string[] {
  let prev = genesis;
  return lines
    .toReversed()
    .map((text) => {
      const { hash: _, ...line }: Line = JSON.parse(text);
      const { link } = readExportLine(JSON.stringify({ ...line, prev, hash: "" })) ?? {};
      const hash = chainHash(line.seq, prev, link?.body ?? "");
      const relinked = JSON.stringify({ ...line, prev, hash });
      prev = hash;
      return relinked;
    })
    .toReversed();
}

/** The command as an auditor runs it: on the store, beside the running desk; and on an export, far from it. */
describe("npm run audit:verify", () => {
  let t: TestDesk;
  let all: string[];
  let mine: string[];
  const root = mkdtempSync(join(tmpdir(), "tokendesk-verify-"));
  const exported = async (ctx: SessionContext) => {
    let text = "";
    for await (const line of (await exportAudit(ctx, { format: "jsonl" })).lines) text += line;
    return text.trimEnd().split("\n");
  };
  beforeAll(async () => {
    t = await startTestDesk("sqlite");
    const ann = await t.signedIn("ann");
    const ben = await t.signedIn("ben");
    const token = only(await mint(ann, "Ünï “coded” 🔑"));
    for (let i = 0; i < 5; i += 1) await patchToken(ann, { id: token.id, patch: { notes: `line\n${i}` } });
    await mint(ben, "Between", 2);
    await patchToken(ann, { id: token.id, patch: { notes: null } });
    await takeCheckpoint(t.desk);
    all = await exported(await t.signedIn("super"));
    mine = await exported(ann);
    await takeCheckpoint(t.desk);
  });
  afterAll(async () => {
    await t?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const run = (args: string[], env: Record<string, string | undefined> = {}, asNpm = false) =>
    runCommand("scripts/audit-verify.ts", env, { args, asNpm });
  const fileOf = (lines: string[]) => {
    const file = join(root, `${newId("export")}.jsonl`);
    writeFileSync(file, `${lines.join("\n")}\n`);
    return file;
  };
  const change = (lines: string[], seq: number, to: (line: Line) => object) =>
    lines.map((text) => {
      const line: Line = JSON.parse(text);
      return line.seq === seq ? JSON.stringify(to(line)) : text;
    });
  const indexOf = (seq: number) => all.findIndex((text) => JSON.parse(text).seq === seq);

  describe("on an export, without the desk", () => {
    test("a whole one holds, in either order", async () => {
      for (const lines of [all, all.toReversed()]) {
        const { code, output } = await run([fileOf(lines)], {}, true);
        expect([code, output]).toEqual([0, expect.stringContaining(`holds: ${all.length} entries`)]);
        expect(output).toContain("It is the whole trail.");
        expect(output).not.toContain("Not ended");
      }
    });

    test("a checkpoint of before agrees, and one of later is told apart", async () => {
      const { code, output } = await run([fileOf(all), t.env.checkpointsFile]);
      expect([code, output]).toEqual([0, expect.stringContaining("1 checkpoints agree")]);
      expect(output).toContain("1 checkpoints reach beyond");
    });

    // Node prints by itself what is thrown where nobody waits for it, past all that masks.
    test("an error from elsewhere is told in one line, without what it carries", async () => {
      const token = `aws80:${randomUUID()}`;
      const thrower = `import fs from "node:fs";
        import { syncBuiltinESMExports } from "node:module";
        const { createReadStream } = fs;
        fs.createReadStream = (...given) => {
          process.nextTick(() => { throw new Error("${token}"); });
          return createReadStream(...given);
        };
        syncBuiltinESMExports();`;
      const { code, output } = await run([fileOf(all)], {
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(thrower)}`,
      });
      expect([code, output]).toEqual([1, expect.stringMatching(/^npm run audit:verify: .*\n$/)]);
      expect(output).not.toContain(token);
    });

    test("a part holds as far as it goes, and says that it is one", async () => {
      expect(mine.length).toBeLessThan(all.length);
      const { code, output } = await run([fileOf(mine), t.env.checkpointsFile]);
      expect([code, output]).toEqual([0, expect.stringContaining("It is a part of the trail")]);
    });

    // Whoever passes an export on could make it say what suits them.
    const tampered: [string, () => string[]][] = [
      ["a changed result", () => change(all, 5, (line) => ({ ...line, result: "failed" }))],
      ["a changed time", () => change(all, 5, (line) => ({ ...line, at: "2020-01-01T00:00:00.000Z" }))],
      ["something added", () => change(all, 5, (line) => ({ ...line, detail: { note: "x" } }))],
      ["a hash of their own", () => change(all, 5, (line) => ({ ...line, hash: "0".repeat(64) }))],
      ["an entry that stands twice", () => all.toSpliced(indexOf(5), 0, all[indexOf(5)] ?? "")],
      ["another number", () => change(all, 5, (line) => ({ ...line, seq: 6 }))],
    ];
    test.each(tampered)("%s is found", async (_, lines) => {
      const { code, output } = await run([fileOf(lines())]);
      expect([code, output]).toEqual([1, expect.stringMatching(/broken: entry [56] /)]);
    });

    test("two lines in each other's place are found", async () => {
      const [at, next] = [indexOf(6), indexOf(5)];
      const lines = all.with(at, all[next] ?? "").with(next, all[at] ?? "");
      expect(await run([fileOf(lines)])).toMatchObject({ code: 1 });
    });

    test("an entry that was taken out makes it a part", async () => {
      const { code, output } = await run([fileOf(all.toSpliced(indexOf(5), 1))]);
      expect([code, output]).toEqual([0, expect.stringContaining("It is a part of the trail")]);
    });

    test("an end that was cut off makes checkpoints reach beyond it", async () => {
      const { code, output } = await run([fileOf(all.slice(5)), t.env.checkpointsFile]);
      expect([code, output]).toEqual([0, expect.stringContaining("2 checkpoints reach beyond")]);
    });

    test("every hash made anew contradicts a checkpoint", async () => {
      const forged = relink(change(all, 5, (line) => ({ ...line, result: "failed" })));
      expect(await run([fileOf(forged)])).toMatchObject({ code: 0 });
      const { code, output } = await run([fileOf(forged), t.env.checkpointsFile]);
      expect([code, output]).toEqual([1, expect.stringContaining("as a checkpoint shows")]);
    });

    test("what is no export, or no file, is said in a line", async () => {
      const csv = join(root, "x.csv");
      writeFileSync(csv, "seq,at\n1,2\n");
      expect(await run([csv])).toEqual({
        code: 1,
        output: "npm run audit:verify: line 1 is no entry of an export in JSON lines\n",
      });
      const { code, output } = await run([join(root, "nothing.jsonl")]);
      expect([code, output]).toEqual([1, expect.stringContaining("there is no file")]);
    });
  });

  describe("on the store, while the desk runs", () => {
    const settings = (dataDir = t.env.dataDir) => ({
      TOKENDESK_DATA: dataDir,
      TOKENDESK_SECRET: t.env.secret,
    });

    test("the trail and the desk's own checkpoints hold", async () => {
      const { code, output } = await run([], settings());
      expect([code, output]).toEqual([0, expect.stringMatching(/holds: \d+ entries.*\n2 checkpoints agree/)]);
    });

    test("an entry changed beneath the desk is named, and so are entries cut off", async () => {
      const tamperings: [string, RegExp][] = [
        ["update audit set result = 'failed' where seq = 5", /broken: entry 5 /],
        ["delete from audit where seq = 7", /broken: entry 7 /],
        [
          `delete from audit where seq > 9;
           update audit_head set seq = 9, hash = (select hash from audit where seq = 9)`,
          /broken: entry \d+ .*as a checkpoint shows/,
        ],
      ];
      for (const [sql, words] of tamperings) {
        const folder = join(root, newId("store"));
        cpSync(t.env.dataDir, folder, { recursive: true });
        const database = new Database(join(folder, "tokendesk.db"));
        for (const name of ["update", "delete", "replace"]) database.exec(`drop trigger audit_no_${name}`);
        database.exec(sql);
        database.close();
        const { code, output } = await run([], settings(folder));
        expect([code, output]).toEqual([1, expect.stringMatching(words)]);
      }
    });

    test("another secret, and a folder without a store, are said in a line; nothing is made there", async () => {
      const foreign = await run([], { ...settings(), TOKENDESK_SECRET: newSecret() });
      expect([foreign.code, foreign.output]).toEqual([1, expect.stringContaining("TOKENDESK_SECRET")]);
      const nothing = await run([], settings(join(root, "nowhere")));
      expect([nothing.code, nothing.output]).toEqual([1, expect.stringContaining("there is no store")]);
    });
  });
});
