import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { type Env, readEnv } from "@/lib/server/env";
import { checkStore } from "@/lib/server/services/check-store";
import { closeDesk, openDesk } from "@/lib/server/services/desk";
import { reasonOf } from "@/lib/server/services/reason";
import { lockFolder } from "@/lib/server/store/folder";
import { openStore } from "@/lib/server/store/open";
import { asNobody } from "../../support/as-nobody";
import { createDatabase } from "../../support/postgres";

/* What keeps a desk from starting is found before anything is built or said, by trying what the desk will do. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tokendesk-check-"));
  chmodSync(folder, 0o777);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const envOf = (variables: Record<string, string> = {}): Env =>
  readEnv({ NODE_ENV: "test", TOKENDESK_DATA: join(folder, "data"), ...variables });
const saidBy = (env: Env): Promise<string> => asNobody(() => checkStore(env).then(() => "nothing", reasonOf));

/** A store that a desk has left, as the user that runs it. */
async function leaveStore(env: Env): Promise<void> {
  await asNobody(async () => {
    const release = lockFolder(env.dataDir, () => {});
    await closeDesk(await openDesk(env));
    release();
  });
}
const data = (...path: string[]) => join(folder, "data", ...path);
/** A file that the desk's user may read, and no more. */
function keepFromWriting(path: string): void {
  writeFileSync(path, "", { flag: "a" });
  execFileSync("chmod", ["0444", path]);
  if (userInfo().uid === 0) execFileSync("chown", ["0", path]);
}

test("nothing is said of places that are good, and nothing stays there but the folder", async () => {
  expect(await saidBy(envOf())).toBe("nothing");
  expect(readdirSync(data())).toEqual(["desk.lock"]);
  await leaveStore(envOf());
  const before = readdirSync(data());
  expect(await saidBy(envOf())).toBe("nothing");
  expect(readdirSync(data())).toEqual(before);
});

describe("one line names the variable, the cause and the mend where", () => {
  const chown = /this user may not write it: give it to the user that runs the desk \(chown\)/;

  test.each<[string, RegExp, () => Promise<unknown> | unknown]>([
    ["the folder belongs to somebody else", chown, () => mkdirSync(data(), { mode: 0o555 })],
    ["it cannot be made", chown, () => chmodSync(folder, 0o555)],
    ["it is a file", /a part of the path is a file/, () => writeFileSync(data(), "")],
    ["its links lead in a circle", /links lead in a circle/, () => symlinkSync(data(), data())],
    [
      "the lock's file cannot be written",
      chown,
      () => leaveStore(envOf()).then(() => keepFromWriting(data("desk.lock"))),
    ],
    [
      "the lock's file is a folder",
      /folder where a file is wanted/,
      () => asNobody(() => mkdirSync(data("desk.lock"), { recursive: true })),
    ],
    [
      "the store cannot be written",
      chown,
      () => leaveStore(envOf()).then(() => keepFromWriting(data("tokendesk.db"))),
    ],
    [
      "its log cannot be written",
      chown,
      () => leaveStore(envOf()).then(() => keepFromWriting(data("tokendesk.db-wal"))),
    ],
    [
      "the store is no store",
      /no SQLite file, or a damaged one: restore a backup/,
      () =>
        asNobody(() => {
          mkdirSync(data());
          writeFileSync(data("tokendesk.db"), "no store at all ".repeat(600));
        }),
    ],
    [
      "another desk works on it",
      /another Tokendesk works on this data folder \(TOKENDESK_DATA\): stop it/,
      () =>
        asNobody(() => {
          const release = lockFolder(data(), () => {});
          return Promise.resolve().then(() => setTimeout(release, 2_000));
        }),
    ],
    [
      "a newer desk has made it",
      /made by a newer Tokendesk .*install that one/,
      async () => {
        await leaveStore(envOf());
        await asNobody(async () => {
          const db = openStore(envOf());
          await sql`insert into kysely_migration values ('9999-of-tomorrow', '2099-01-01')`.execute(db);
          await db.destroy();
        });
      },
    ],
    [
      "its own secret is gone",
      /TOKENDESK_SECRET is not set, and .* is missing: set the secret/,
      () => leaveStore(envOf()).then(() => rmSync(data("secret"))),
    ],
    [
      "its own secret is damaged",
      /damaged.*put back/,
      () => leaveStore(envOf()).then(() => writeFileSync(data("secret"), "short")),
    ],
  ])("%s", async (_, words, spoil) => {
    await spoil();
    const said = await saidBy(envOf());
    expect(said).toMatch(words);
    expect(said).toMatch(
      /^(TOKENDESK_DATA: |TOKENDESK_SECRET |another Tokendesk|the store was made|\/)[^\n]+$/,
    );
  });

  test.each<[string, RegExp, (file: string) => void]>([
    ["cannot be written", chown, keepFromWriting],
    ["is a folder", /folder where a file is wanted/, (file) => mkdirSync(file)],
    ["is a pipe", /is no file/, (file) => execFileSync("mkfifo", [file])],
  ])("the checkpoints' file %s", async (_, words, spoil) => {
    const file = join(folder, "checkpoints.jsonl");
    spoil(file);
    const said = await saidBy(envOf({ TOKENDESK_CHECKPOINTS: file }));
    expect(said).toMatch(words);
    expect(said).toMatch(/^TOKENDESK_CHECKPOINTS: [^\n]+$/);
  });

  test.each(["sqlite", "postgres"] as const)(
    "the store on %s was made with another secret",
    async (engine) => {
      const place: Record<string, string> =
        engine === "postgres" ? { DATABASE_URL: await createDatabase(inject("postgresUrl")) } : {};
      const before = envOf({ ...place, TOKENDESK_SECRET: newSecret() });
      if (engine === "sqlite") await leaveStore(before);
      else await closeDesk(await openDesk(before));
      expect(await saidBy(before)).toBe("nothing");
      const said = await saidBy(envOf({ ...place, TOKENDESK_SECRET: newSecret() }));
      expect(said).toMatch(/^TOKENDESK_SECRET is not the one this store was made with: set that one/);
    },
  );

  test.skipIf(userInfo().uid !== 0)("its file system is read-only", async () => {
    await leaveStore(envOf());
    execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", data()]);
    try {
      expect(await saidBy(envOf())).toMatch(
        /^TOKENDESK_DATA: .*: its file system is read-only: mount it for writing/,
      );
    } finally {
      execFileSync("umount", ["--lazy", data()]);
    }
  });
});
