import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { createControlClient } from "@/lib/simulator/control-client";
import { type Simulator, startSimulator } from "@/lib/simulator/start";
import { type Chain, startChain } from "@/tests/support/chain";
import { freePort } from "@/tests/support/free-port";
import { DeskClient } from "../../../scripts/desk-client";
import { builtFolder } from "../../../scripts/ensure-build";

/*
 * The folder that `npm run build` makes, as others run it: copied to where nothing of this checkout is, written to by nobody,
 * by a user without rights. A container and a unit of systemd do no more than this.
 */

const root = resolve(import.meta.dirname, "../../..");
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

const place = mkdtempSync(join(tmpdir(), "tokendesk-standalone-"));
const desk = join(place, "desk");
const work = join(place, "work");
const program = (name: string) => join(desk, "scripts", `${name}.mjs`);
let isMounted = false;
let simulator: Simulator;
let chain: Chain | undefined;

beforeAll(async () => {
  cpSync(builtFolder(root), desk, { recursive: true, verbatimSymlinks: true });
  mkdirSync(work);
  chmodSync(place, 0o755);
  if (isRoot) chownSync(work, nobody, nobody);
  isMounted = mountReadOnly();
  simulator = await startSimulator();
});
afterEach(() => chain?.clear());
afterAll(async () => {
  await simulator?.stop();
  if (isMounted) execFileSync("umount", ["--lazy", desk]);
  rmSync(place, { recursive: true, force: true });
});

/** Where this machine lets us: elsewhere that nothing was written is seen afterwards. */
function mountReadOnly(): boolean {
  const mount = (...args: string[]) => spawnSync("mount", args).status === 0;
  return mount("--bind", desk, desk) && mount("-o", "remount,bind,ro", desk);
}

/** What lies in the folder, and what is in it. */
function contentOf(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return new Map(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path, createHash("sha256").update(readFileSync(path)).digest("hex")]),
  );
}

const start = (name: string, args: string[], env: Record<string, string>): Chain => {
  chain = startChain(process.execPath, [program(name), ...args], env, {
    cwd: work,
    uid: isRoot ? nobody : undefined,
  });
  return chain;
};

/** Runs one to its end. */
async function run(name: string, args: string[], env: Record<string, string>) {
  const { gone, output } = start(name, args, env);
  return { code: await gone(), output: output() };
}

describe("the standalone folder", () => {
  it("names no place of the machine that built it, and has no way to start past the checks", () => {
    const naming = [...contentOf(desk).keys()].filter((path) => readFileSync(path).includes(root));
    expect(naming).toEqual([]);
    expect(readdirSync(desk).sort()).toEqual([".next", "node_modules", "package.json", "public", "scripts"]);
  });

  it("has what npm starts in a checkout under the same names, and as programs of Node alone", () => {
    const read = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const { scripts, version, engines, ...rest } = read(desk);
    const own = read(root);
    expect({ version, engines }).toEqual({ version: own.version, engines: own.engines });
    expect(rest).not.toHaveProperty("dependencies");
    for (const [name, command] of Object.entries<string>(scripts)) {
      expect(Object.keys(own.scripts)).toContain(name);
      expect(command).toMatch(/^(exec )?node scripts\/[a-z-]+\.mjs$/);
      expect(readdirSync(join(desk, "scripts"))).toContain(command.split("/").at(-1));
    }
  });

  it.each([
    [".next/node_modules", /^\.next\/node_modules\/kysely-\S+ and 4 more missing; copy it anew/],
    [".next/static", /^\.next\/static\/\S+ and \d+ more missing; copy it anew/],
    ["public/icon.svg", /^public\/icon\.svg missing; copy it anew/],
    ["scripts/files.json", /^scripts\/files\.json is missing; copy it anew/],
  ])("says in a line what a copy lacks: %s", async (left, words) => {
    const copy = join(work, "copy");
    cpSync(desk, copy, { recursive: true, verbatimSymlinks: true });
    rmSync(join(copy, left), { recursive: true });
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(copy, "scripts/start.mjs")], {
      env: { PATH: process.env.PATH, NODE_ENV: "production", TOKENDESK_DATA: join(work, "none") },
      encoding: "utf8",
    });
    rmSync(copy, { recursive: true });
    const said = `Tokendesk cannot start: ${copy} is not whole: `;
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.startsWith(said)).toBe(true);
    expect(stderr.slice(said.length)).toMatch(words);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("says in a line that it is for another kind of machine", () => {
    const copy = join(work, "copy");
    cpSync(desk, copy, { recursive: true, verbatimSymlinks: true });
    const list = join(copy, "scripts/files.json");
    const files: string[] = JSON.parse(readFileSync(list, "utf8"));
    const engine = "node_modules/@libsql/";
    // As where it was built for another processor.
    writeFileSync(list, JSON.stringify(files.filter((file) => !file.startsWith(engine))));
    rmSync(join(copy, engine), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, [join(copy, "scripts/start.mjs")], {
      encoding: "utf8",
    });
    rmSync(copy, { recursive: true });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /^Tokendesk cannot start: this machine cannot load it \(.*\): the folder is for .*\n$/,
      ),
    });
  });

  it("is a whole desk, read-only and for a user without rights, with its commands", async () => {
    const before = contentOf(desk);
    const port = String(await freePort());
    const env = {
      PORT: port,
      TOKENDESK_DATA: join(work, "data"),
      TOKENDESK_SECRET: newSecret(),
      TOKENDESK_ADMINS: "sim:ben@demo.example",
      PORTALS: JSON.stringify([{ id: "sim", name: "Simulator", baseUrl: simulator.baseUrl }]),
    };
    const running = start("start", [], env);
    await expect
      .poll(running.output)
      .toBe(`Tokendesk: http://127.0.0.1:${port} (only this machine reaches it)\n`);

    const ben = new DeskClient(`http://127.0.0.1:${port}`);
    const user = simulator.seed.user("ben");
    await ben.signIn({ portal: "sim", username: user.userName, password: user.password });
    const { connections } = (await ben.get("/api/session")).body as { connections: [{ id: string }] };
    const input = { connectionId: connections[0].id, label: "Standalone" };
    const minted = await ben.post("/api/tokens", input, { "Idempotency-Key": "standalone-mint-1" });
    expect(minted.status).toBe(201);
    const { items } = minted.body as { items: [{ id: string }] };
    const copied = await ben.post(`/api/tokens/${items[0].id}/copy`, {});
    const portal = createControlClient(simulator.controlUrl);
    expect((copied.body as { token: string }).token).toBe((await portal.user(user.userName)).tokens.at(-1));
    // A page with its style, a static file, and the thread that reads the trail.
    const page = await ben.get("/tokens");
    const style = /href="(\/_next\/static\/[^"]+\.css[^"]*)"/.exec(page.text)?.[1] ?? "";
    expect((await ben.get(style)).headers.get("content-type")).toContain("text/css");
    expect((await ben.get("/icon.svg")).status).toBe(200);
    expect(
      (await ben.get("/api/audit/export?format=jsonl")).text.trimEnd().split("\n").length,
    ).toBeGreaterThan(3);
    expect((await ben.get("/api/audit/verify")).body).toMatchObject({ ok: true });

    const file = join(work, "backup.db");
    expect(await run("backup", [file], env)).toEqual({
      code: 0,
      output: expect.stringContaining("which verify"),
    });
    expect(await run("audit-verify", [], env)).toMatchObject({ code: 0 });
    // A checkpoint is written of what the backup lacks: the restored trail explains it.
    const after = { ...input, label: "After the backup" };
    await ben.post("/api/tokens", after, { "Idempotency-Key": "standalone-mint-2" });
    running.child.kill("SIGTERM");
    expect(await running.gone()).toBe(0);
    expect(await run("restore", [file, "--force"], env)).toMatchObject({ code: 0 });
    expect(await run("audit-verify", [], env)).toEqual({
      code: 0,
      output: expect.stringContaining("are of a trail that a restored backup has replaced"),
    });
    const changed = { ...env, TOKENDESK_NEW_SECRET: newSecret() };
    expect(await run("change-secret", [], changed)).toMatchObject({ code: 0 });
    const wrong = await run("start", [], env);
    expect(wrong.code).toBe(1);
    expect(wrong.output).toMatch(/^Tokendesk cannot start: .*TOKENDESK_SECRET.*\n$/);
    expect(contentOf(desk)).toEqual(before);
  });
});
