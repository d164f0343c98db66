import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { lockFolder } from "@/lib/server/store/folder";
import { openStore } from "@/lib/server/store/open";
import { lockDatabase } from "@/lib/server/store/postgres-lock";
import { asNobody } from "../../support/as-nobody";
import { runCommand } from "../../support/command";
import { engines } from "../../support/desk";
import { goodDesk, leaveStore, saidByDoctor, somebody, type Variables } from "../../support/doctor";
import { startFrontProxy } from "../../support/front-proxy";
import { selfSigned } from "../portal/self-signed";

/* `npm run doctor` on what lies on this machine; portals and proxies are in the file beside this. */

/** All that lies in a folder: names, contents, and who may do what; but for the memory that SQLite's readers share. */
const everythingIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => !name.endsWith("-shm"))
    .sort()
    .map((name) => {
      const file = join(folder, name);
      return [name, statSync(file).mode, createHash("sha256").update(readFileSync(file)).digest("hex")];
    });

describe.each(engines)("with the store on %s", (engine) => {
  async function goodStore(): Promise<Variables & { TOKENDESK_DATA: string }> {
    const env = await goodDesk(engine);
    await leaveStore(env);
    return { TOKENDESK_DATA: "", ...env };
  }

  // It is run where something is wrong already: what it changed, or told to whoever reads a ticket, would be one thing more.
  test("a desk that is as it should be has nothing to mend; nothing there changes, and nothing secret is said", async () => {
    const env = await goodDesk(engine);
    const folder = dirname(env.TOKENDESK_DATA ?? "");
    const day = 86_400_000;
    const tls = selfSigned("localhost", { from: Date.now() - day, to: Date.now() + 90 * day });
    writeFileSync(join(folder, "ca.pem"), tls.cert);
    const headers = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9" };
    const front = await startFrontProxy({ to: Number(env.PORT), headers, tls });
    onTestFinished(() => front.stop());
    Object.assign(env, {
      TOKENDESK_URL: `https://localhost:${front.port}`,
      TRUSTED_PROXY_HOPS: "1",
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
    });
    await leaveStore(env);
    const before = everythingIn(env.TOKENDESK_DATA ?? "");
    const { code, output } = await runCommand("scripts/doctor.ts", env, { asNpm: engine === "sqlite" });
    expect([code, output]).toEqual([0, expect.stringMatching(/\nNothing to mend, 2 not looked at\.\n$/)]);
    expect(output).not.toMatch(/^ {2}[!✗]/m);
    for (const words of [
      "its tables are at 0008-urgencies, as this Tokendesk wants them",
      "✓ the secret opens the store",
      "✓ the last checkpoint of the trail was written",
      "✓ the desk sees by which name, scheme and address it is asked",
      engine === "postgres" ? "clock is that of the database, sim" : "clock is that of sim",
      "not looked at, as TOKENDESK_ALLOW lets nobody of vacd in",
    ])
      expect(output).toContain(words);
    for (const secret of [env.TOKENDESK_SECRET ?? "", somebody]) expect(output).not.toContain(secret);
    expect(everythingIn(env.TOKENDESK_DATA ?? "")).toEqual(before);
  });

  test("a desk at work is no fault, and is found by its lock where it listens elsewhere", async () => {
    const env = await goodStore();
    const release = env.DATABASE_URL
      ? await lockDatabase(env.DATABASE_URL, () => {})
      : lockFolder(env.TOKENDESK_DATA, () => {});
    const said = await saidByDoctor(env);
    await release();
    expect(said["The desk itself"]).toEqual([
      expect.stringMatching(/^! a desk works on the store, and none answers at 127\.0\.0\.1:\d+: give this/),
    ]);
    expect(said.Keys).toContain("✓ the secret opens the store");
    expect((await saidByDoctor(env))["The desk itself"]).toEqual([expect.stringMatching(/^✓ no desk runs/)]);
  });

  const change = async (env: Variables & { TOKENDESK_DATA: string }, statement: string) => {
    const db = openStore({ dataDir: env.TOKENDESK_DATA, databaseUrl: env.DATABASE_URL });
    await sql.raw(statement).execute(db);
    await db.destroy();
  };
  const migrated = "kysely_migration";

  test("a store of a newer Tokendesk is not to be started with, one of an earlier is taken further", async () => {
    const env = await goodStore();
    await change(env, `delete from ${migrated} where name = '0008-urgencies'`);
    expect((await saidByDoctor(env)).Store).toContainEqual(
      expect.stringMatching(/^! .*at 0007-use, 1 step behind this Tokendesk: the start takes them further/),
    );
    await change(env, `insert into ${migrated} values ('9999-of-tomorrow', '2099-01-01')`);
    const said = await saidByDoctor(env);
    expect(said.Store).toContainEqual(expect.stringMatching(/^✗ the store was made by a newer Tokendesk/));
    expect(said.Keys).toEqual(["– not looked at, as no store could be read"]);
    expect(said.Portals?.[0]).toMatch(/^✓ sim /);
  });

  test("another secret opens nothing", async () => {
    const env = await goodStore();
    const said = await saidByDoctor({ ...env, TOKENDESK_SECRET: newSecret() });
    expect(said.Keys).toEqual([
      expect.stringMatching(/^✗ TOKENDESK_SECRET is not the one this store was made with: set that one/),
    ]);
    expect(said.Store?.join()).not.toMatch(/[!✗]/);
  });
});

const lineOf = (said: Record<string, string[]>, title: string, words: RegExp) =>
  expect(said[title]).toContainEqual(expect.stringMatching(words));

test("a configuration that cannot be read is told as at the start, and slips of the pen besides", async () => {
  const env = await goodDesk("sqlite", {
    TOKENDESK_ALOW: "sim",
    TRUSTED_PROXY_HOP: "1",
    TOKENDESK_WHATEVER_THAT_IS: newSecret(),
    NODE_EXTRA_CA_CERTS: "/nowhere/ca.pem",
  });
  const said = await saidByDoctor(env);
  lineOf(said, "Configuration", /^! TOKENDESK_ALOW is no variable .*: TOKENDESK_ALLOW is meant\?$/);
  lineOf(said, "Configuration", /^! TRUSTED_PROXY_HOP is no variable .*: TRUSTED_PROXY_HOPS is meant\?$/);
  lineOf(said, "Configuration", /^! TOKENDESK_WHATEVER_THAT_IS is no variable .*: take it out$/);
  lineOf(said, "Configuration", /^✗ NODE_EXTRA_CA_CERTS: \/nowhere\/ca\.pem cannot be read/);

  const { code, output } = await runCommand("scripts/doctor.ts", {
    ...env,
    TOKENDESK_URL: "http://desk.example.com",
  });
  expect([code, output]).toEqual([
    1,
    expect.stringContaining(
      "Configuration\n  ✗ TOKENDESK_URL must be https off loopback (or set TOKENDESK_ALLOW_HTTP=on)\n",
    ),
  ]);
  expect(output.match(/– not looked at, as the configuration cannot be read/g)).toHaveLength(6);
  for (const value of [env.TOKENDESK_WHATEVER_THAT_IS ?? "", env.TOKENDESK_SECRET ?? ""])
    expect(output).not.toContain(value);
});

test("http beyond this machine, and listening there, work and are told", async () => {
  const env = await goodDesk("sqlite", { TOKENDESK_ALLOW_HTTP: "on", HOST: "0.0.0.0" });
  const said = await saidByDoctor({ ...env, TOKENDESK_URL: `http://host.invalid:${env.PORT}` });
  lineOf(said, "Configuration", /^! people reach this desk by plain http/);
  lineOf(said, "Configuration", /^! it listens beyond this machine \(HOST 0\.0\.0\.0\)/);
  lineOf(said, "The proxy in front", /^✗ .* since its name is not found \(DNS\): enter the name/);
});

describe("of files and folders", () => {
  test("a folder that is not there yet is none of the doctor's to make", async () => {
    const env = await goodDesk();
    const said = await saidByDoctor(env);
    lineOf(said, "Store", /^✓ TOKENDESK_DATA: .* is not there yet: the start makes it$/);
    lineOf(said, "Store", /^✓ SQLite; there is no store yet/);
    expect(readdirSync(dirname(env.TOKENDESK_DATA ?? ""))).toEqual([]);
  });

  test("one that the desk's user may not write is named, and what needs it is left", async () => {
    const env = await goodDesk();
    chmodSync(dirname(env.TOKENDESK_DATA ?? ""), 0o755);
    mkdirSync(env.TOKENDESK_DATA ?? "", { mode: 0o555 });
    const said = await asNobody(() => saidByDoctor(env));
    lineOf(said, "Store", /^✗ TOKENDESK_DATA: .*: this user may not write it: give it to the user/);
    expect(said.Keys).toEqual(["– not looked at, as no store could be read"]);
    expect(said.Portals?.[0]).toMatch(/^✓ sim /);
  });

  // A file of root's among the desk's would keep the desk from starting.
  test.skipIf(userInfo().uid !== 0)(
    "root is told that it cannot tell what the desk's user may do, and leaves nothing there",
    async () => {
      const env = await goodDesk();
      const folder = env.TOKENDESK_DATA ?? "";
      chmodSync(dirname(folder), 0o777);
      await asNobody(() => leaveStore(env));
      for (const name of readdirSync(folder).filter((one) => /-(wal|shm)$/.test(one)))
        rmSync(join(folder, name));
      const { code, output } = await runCommand("scripts/doctor.ts", env);
      expect([code, output]).toEqual([
        0,
        expect.stringMatching(
          /! TOKENDESK_DATA: .* belongs to user 65534, and this is run as root: run it as/,
        ),
      ]);
      expect(output).toContain("✓ the secret opens the store");
      const owners = readdirSync(folder).map((name) => statSync(join(folder, name)).uid);
      expect(new Set(owners)).toEqual(new Set([65_534]));
    },
  );

  test("what others may read is named, and so is a secret beside the store", async () => {
    const env = await goodDesk();
    await leaveStore(env);
    const folder = env.TOKENDESK_DATA ?? "";
    const file = join(folder, "the-secret");
    writeFileSync(file, env.TOKENDESK_SECRET ?? "", { mode: 0o644 });
    chmodSync(folder, 0o755);
    chmodSync(join(folder, "tokendesk.db"), 0o644);
    const said = await saidByDoctor({ ...env, TOKENDESK_SECRET: "", TOKENDESK_SECRET_FILE: file });
    lineOf(said, "Store", /^! TOKENDESK_DATA: everybody on this machine may look into .*: chmod 700 /);
    lineOf(said, "Store", /^! TOKENDESK_DATA: others may read .*tokendesk\.db: chmod 600 /);
    lineOf(said, "Keys", /^✗ others may read the secret: chmod 600 .*the-secret$/);
    lineOf(said, "Keys", /^! TOKENDESK_SECRET_FILE: .* lies beside the store/);
    lineOf(said, "Keys", /^✓ the secret opens the store$/);
  });

  test("checkpoints that are gone, or fell behind, are told", async () => {
    const env = await goodDesk();
    await leaveStore(env);
    const file = join(env.TOKENDESK_DATA ?? "", "audit-checkpoints.jsonl");
    const anHourAgo = new Date(Date.now() - 3_600_000);
    utimesSync(file, anHourAgo, anHourAgo);
    lineOf(
      await saidByDoctor(env),
      "Store",
      /^! TOKENDESK_CHECKPOINTS: the last .* is 60 minutes older than/,
    );
    rmSync(file);
    lineOf(await saidByDoctor(env), "Store", /^! TOKENDESK_CHECKPOINTS: .* is not there, so that entries/);
  });
});

test.skipIf(userInfo().uid !== 0)("a disk that is nearly full is told before it is full", async () => {
  const env = await goodDesk();
  const folder = env.TOKENDESK_DATA ?? "";
  mkdirSync(folder, { mode: 0o700 });
  for (const [size, words] of [
    ["2m", /^✗ TOKENDESK_DATA: 2 MB are free on the disk of .*: make room, or the desk soon takes no writes/],
    ["20m", /^! TOKENDESK_DATA: 20 MB are free on the disk of .*: make room before it is used up/],
  ] as const) {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=700`, "tmpfs", folder]);
    try {
      lineOf(await saidByDoctor(env), "Store", words);
    } finally {
      execFileSync("umount", ["--lazy", folder]);
    }
  }
});

test("another program on the desk's port is told, and nothing is listened on in its place", async () => {
  const other = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const env = await goodDesk("sqlite", {
    PORT: String((other.address() as AddressInfo).port),
    TOKENDESK_URL: "https://localhost:9",
  });
  const said = await saidByDoctor(env);
  expect(said["The desk itself"]).toEqual([
    expect.stringMatching(/^✗ something else answers at 127\.0\.0\.1:\d+, where this desk listens: end it/),
  ]);
  expect(said["The proxy in front"]).toEqual(["– not looked at, as another program has the desk's port"]);
});
