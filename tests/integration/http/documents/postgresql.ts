import { execFileSync } from "node:child_process";
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
};

/** Of docs/operating.md. */
export const dumpAndRestore: Runner = async (text, world) => {
  const { host, env } = await server();
  await typed("createuser dumped; createdb --owner=dumped dumped", { env });
  const DATABASE_URL = `postgres://dumped@${host}/dumped`;
  await workOn(DATABASE_URL, world);
  const own = { ...world.env, DATABASE_URL };
  const told = await typed(text, { env: { ...env, ...own }, replace: { "/backups": world.folder } });
  expect(told).toContain("Restored:");
};
