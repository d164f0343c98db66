import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { StoreError } from "@/lib/server/store/error";
import { FolderLockedError, lockFolder } from "@/lib/server/store/folder";
import { openStore } from "@/lib/server/store/open";
import { lockDatabase } from "@/lib/server/store/postgres-lock";
import { asNobody } from "../../support/as-nobody";
import { createDatabase } from "../../support/postgres";

const notLost = () => {
  throw new Error("the lock is lost");
};

/** Two desks on one store would each believe what the other has changed: one owner at a time. */
describe("the lock on a data folder", () => {
  let folder: string;
  let children: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tokendesk-lock-"));
  });
  afterEach(async () => {
    for (const child of children) child.kill("SIGKILL");
    children = [];
    rmSync(folder, { recursive: true, force: true });
  });

  /** Another process that tries to take the folder; gives its first line, and the process. */
  const other = async () => {
    const script = `
      import { lockFolder } from "./lib/server/store/folder";
      try { lockFolder(process.argv[1] ?? "", () => {}); console.log("locked"); setInterval(() => {}, 1000); }
      catch (error) { console.log(error.constructor.name); process.exit(1); }`;
    const args = [
      "--conditions=react-server",
      "--import",
      "tsx",
      "--input-type=module",
      "-e",
      script,
      folder,
    ];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const [line] = await once(createInterface(child.stdout), "line");
    return { child, line: String(line) };
  };

  test("is refused to a second process at once, and free when the first has gone in order", async () => {
    const release = lockFolder(folder, notLost);
    expect((await other()).line).toBe("FolderLockedError");
    release();
    expect((await other()).line).toBe("locked");
    expect(() => lockFolder(folder, notLost)).toThrow(FolderLockedError);
  });

  test("ends with its process, however that dies", async () => {
    const { child, line } = await other();
    expect(line).toBe("locked");
    expect(() => lockFolder(folder, notLost)).toThrow(FolderLockedError);
    child.kill("SIGKILL");
    await once(child, "exit");
    lockFolder(folder, notLost)();
  });

  // SQLite takes what it may only read for something to read, and lets everybody begin.
  test("is refused where its file cannot be written, instead of being none", () => {
    const file = join(folder, "desk.lock");
    writeFileSync(file, "");
    chmodSync(file, 0o444);
    const lock = () => asNobody(() => lockFolder(folder, notLost));
    chmodSync(folder, 0o777);
    expect(lock).toThrow(StoreError);
    expect(lock).toThrow(/desk\.lock cannot be locked/);
  });

  test("is one for a store that two folders lead to", () => {
    const other = join(folder, "other");
    mkdirSync(other);
    writeFileSync(join(folder, "tokendesk.db"), "");
    symlinkSync(join(folder, "tokendesk.db"), join(other, "tokendesk.db"));
    const release = lockFolder(folder, notLost);
    expect(() => lockFolder(other, notLost)).toThrow(FolderLockedError);
    release();
    lockFolder(other, notLost)();
  });

  test("says what to do where its file is damaged", () => {
    writeFileSync(join(folder, "desk.lock"), "no lock at all ".repeat(100));
    expect(() => lockFolder(folder, notLost)).toThrow(/desk\.lock is damaged: delete it/);
  });

  // A folder that is put back from a backup, a broom: the next desk would lock another file.
  test.each(["taken away", "replaced"])("is lost as soon as its file is %s", async (how) => {
    let lost = 0;
    const release = lockFolder(folder, () => {
      lost += 1;
    });
    rmSync(join(folder, "desk.lock"));
    if (how === "replaced") writeFileSync(join(folder, "desk.lock"), "");
    await expect.poll(() => lost).toBe(1);
    release();
  });

  test("does not stumble over what somebody else put there", () => {
    writeFileSync(join(folder, "desk.pid"), "1");
    lockFolder(folder, notLost)();
    const missing = join(folder, "deep", "folder");
    lockFolder(missing, notLost)();
  });
});

describe("the lock on a database", () => {
  test("is waited for, and taken over when its owner's connection is gone", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const lost: string[] = [];
    const release = await lockDatabase(url, () => lost.push("first"));
    const order: string[] = [];
    const second = lockDatabase(
      url,
      () => lost.push("second"),
      () => order.push("second waits"),
    ).then((releaseSecond) => {
      order.push("second has it");
      return releaseSecond;
    });
    await expect.poll(() => order).toEqual(["second waits"]);
    // A desk on another database has it at once.
    await (await lockDatabase(await createDatabase(inject("postgresUrl")), () => {}))();
    order.push("first gives it up");
    await release();
    await (await second)();
    expect(order).toEqual(["second waits", "first gives it up", "second has it"]);
    expect(lost).toEqual([]);
  });

  // Two desks that write at once would each trust in what they have in memory.
  test("when its connection breaks it is taken again, and nothing passes in between", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const lost: string[] = [];
    const release = await lockDatabase(url, () => lost.push("lost"));
    const db = openStore({ dataDir: "", databaseUrl: url });
    const ask = () => sql`select 1`.execute(db);
    await ask();
    await setOpen(url, false);
    await expect.poll(() => ask().then(() => "passes", codeOf)).toBe("ECONNLOST");
    await setOpen(url, true);
    await expect.poll(() => ask().then(() => "passes", codeOf), { timeout: 10_000 }).toBe("passes");
    expect(lost).toEqual([]);
    const other = lockDatabase(url, () => {});
    await expect(other).rejects.toThrow("a Tokendesk works on this database");
    await release();
    await db.destroy();
  });

  // A firewall that forgot a connection, a cable: the server is rid of it, and this side is told nothing.
  test("that broke in silence is noticed", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const { through, cutFirst, close } = await silentProxy(url);
    const { promise: lost, resolve: onLost } = deferred();
    await lockDatabase(through, onLost);
    cutFirst();
    const db = openStore({ dataDir: "", databaseUrl: through });
    const release = await lockDatabase(
      url,
      () => {},
      () => {},
    );
    await expect
      .poll(() => sql`select 1`.execute(db).then(() => "passes", codeOf), { timeout: 15_000 })
      .toBe("ECONNLOST");
    await lost;
    await release();
    await db.destroy();
    close();
  });

  test("that another desk had meanwhile is lost", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const lost = new Promise<void>((resolve) => {
      lockDatabase(url, resolve).then(async () => {
        await queryAt(url, "update desk_lock set holder = 'another'");
        await setOpen(url, false);
        await setOpen(url, true);
      });
    });
    await lost;
    const db = openStore({ dataDir: "", databaseUrl: url });
    expect(await sql`select 1`.execute(db).then(() => "passes", codeOf)).toBe("ECONNLOST");
    await db.destroy();
  });
});

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A way to a database on which the first connection can end at the far side alone. */
async function silentProxy(url: string) {
  const { hostname, port } = new URL(url);
  const far: Socket[] = [];
  const near: Socket[] = [];
  const server = createServer((client) => {
    const database = connect(Number(port), hostname);
    far.push(database);
    near.push(client);
    client.on("data", (bytes) => database.writable && database.write(bytes));
    database.on("data", (bytes) => client.write(bytes));
    for (const socket of [client, database]) socket.on("error", () => {});
    client.on("close", () => database.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  const close = () => {
    for (const socket of near) socket.destroy();
    server.close();
  };
  return { through: through.toString(), cutFirst: () => void far[0]?.destroy(), close };
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? error.code : error);

async function queryAt(url: string, statement: string): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Lets a database take connections, or cuts those that there are and takes no more. */
async function setOpen(url: string, open: boolean): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  const server = inject("postgresUrl");
  await queryAt(server, `alter database "${name}" with allow_connections ${open}`);
  if (!open)
    await queryAt(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
}
