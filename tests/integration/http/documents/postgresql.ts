import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { startDeskProcess } from "@/tests/support/desk-process";
import { typed, variablesOf } from "@/tests/support/documents";
import { startPostgres, type TestPostgres } from "@/tests/support/postgres";
import type { Runner, World } from "./world";

/* docs/postgresql.md, and what docs/operating.md has to say of it: with the programs of an installation, which are of one version. */

/** Where an installation has them; undefined where there is none, or not its server. */
function programs(): string | undefined {
  try {
    const bin = execFileSync("pg_config", ["--bindir"], { encoding: "utf8", stdio: "pipe" }).trim();
    execFileSync(join(bin, "postgres"), ["--version"], { stdio: "pipe" });
    return bin;
  } catch {
    return undefined;
  }
}

const installed = programs();

let running: Promise<TestPostgres> | undefined;
export const stopServer = async (): Promise<void> => (await running)?.stop();

/** The server of all blocks, and what psql and its like are told of it. */
async function server() {
  running ??= startPostgres(installed);
  const { hostname, port, username } = new URL((await running).url);
  const host = `${hostname}:${port}`;
  return { host, env: { PGHOST: hostname, PGPORT: port, PGUSER: username, PGDATABASE: "postgres" } };
}

/** A desk that works on the database of a block. */
async function workOn(url: string, { secret }: World): Promise<void> {
  const desk = await startDeskProcess({ env: { DATABASE_URL: url, TOKENDESK_SECRET: secret } });
  await desk.signedIn("ben");
  expect(await desk.stop()).toBe(0);
}

/** In the document's address. */
const overLoopback = (host: string) => ({ "db.example.com": host, "verify-full": "disable" });

export const postgresql: Record<string, Runner> = {
  "createuser --pwprompt tokendesk": async (text) => {
    const { env } = await server();
    await typed(text, { env, input: "password\npassword\n" });
  },
  'DATABASE_URL="postgres://tokendesk:password@db.example.com/tokendesk?sslmode=verify-full"': async (
    text,
    world,
  ) => {
    const { host } = await server();
    const { DATABASE_URL = "" } = await variablesOf(text, overLoopback(host));
    await workOn(DATABASE_URL, world);
  },
  'psql --dbname=apps --command="create schema desk authorization desk"': async (text, world) => {
    const { host, env } = await server();
    await typed("createuser desk; createdb apps", { env });
    const [create = "", assign = ""] = text.split(/(?=^DATABASE_URL)/m);
    await typed(create, { env });
    const { DATABASE_URL = "" } = await variablesOf(assign, overLoopback(host));
    await workOn(DATABASE_URL, world);
    const tables = await typed("psql --dbname=apps -Atc 'select distinct schemaname from pg_tables'", {
      env,
    });
    expect(tables.split("\n")).toContain("desk");
  },
  "export PGHOST=db.example.com PGUSER=tokendesk PGSSLMODE=verify-full PGSSLROOTCERT=system": async (
    text,
  ) => {
    const { env } = await server();
    const { PGHOST = "", PGPORT = "" } = env;
    const told = await typed(`${text}\npsql --dbname=tokendesk -Atc "select current_user"`, {
      env: { PGPORT },
      replace: overLoopback(PGHOST),
    });
    expect(told).toBe("tokendesk\n");
  },
  "(umask 077 && pg_dump --format=custom --schema=desk --file=/backups/desk-2026-11-24.dump apps)": async (
    text,
    { folder },
  ) => {
    const { env } = await server();
    await typed(text, { env, replace: { "/backups": folder } });
    await typed('psql --dbname=apps -c "create table desk.of_a_newer_version (id int)"', { env });
  },
  "pg_restore --list /backups/desk-2026-11-24.dump > /dev/null &&": async (text, world) => {
    const { host, env } = await server();
    const DATABASE_URL = `postgres://desk@${host}/apps?options=-c%20search_path%3Ddesk`;
    const own = { ...env, DATABASE_URL, TOKENDESK_SECRET: world.secret };
    expect(await typed(text, { env: own, replace: { "/backups": world.folder } })).toContain("Restored:");
    const gone = "select to_regclass('desk.of_a_newer_version') is null";
    expect(await typed(`psql --dbname=apps -Atc "${gone}"`, { env })).toBe("t\n");
    await workOn(DATABASE_URL, world);
  },
};

/** Of docs/operating.md: a desk's database, and what a block is told of both. */
const dumped = async ({ env: own, folder }: World) => {
  const { host, env } = await server();
  const DATABASE_URL = `postgres://dumped@${host}/dumped`;
  const options = { env: { ...env, ...own, DATABASE_URL }, replace: { "/backups": folder } };
  return { env, DATABASE_URL, options };
};

export const dumpsDatabase: Runner = async (text, world) => {
  const { env, DATABASE_URL, options } = await dumped(world);
  await typed("createuser dumped; createdb --owner=dumped dumped", { env });
  await workOn(DATABASE_URL, world);
  const { replace } = options;
  await typed(text, { ...options, replace: { ...replace, ".dump tokendesk": ".dump dumped" } });
  expect(statSync(join(world.folder, "tokendesk-2026-11-24.dump")).mode & 0o777).toBe(0o600);
};

export const restoresDatabase: Runner = async (text, world) => {
  const { DATABASE_URL, options } = await dumped(world);
  const asked = (sql: string) => typed(`psql --dbname=dumped -Atc "${sql}"`, { env: options.env });
  await asked("create table of_a_newer_version (id int); alter table of_a_newer_version owner to dumped");
  const { replace } = options;
  const own = { tokendesk: "dumped", "/backups/dumped": `${replace["/backups"]}/tokendesk` };
  expect(await typed(text, { ...options, replace: own })).toContain("Restored:");
  expect(await asked("select to_regclass('of_a_newer_version') is null")).toBe("t\n");
  expect(await asked("select distinct tableowner from pg_tables where schemaname = 'public'")).toBe(
    "dumped\n",
  );
  await workOn(DATABASE_URL, world);
};
