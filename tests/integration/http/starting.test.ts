import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { appendFile, mkdir, readdir, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Chain, scriptArguments, startChain } from "@/tests/support/chain";
import { runDesk } from "@/tests/support/desk-process";
import { freePort } from "@/tests/support/free-port";

/* What is said at the start, and when: nothing good before the desk serves, and of what is wrong one line before the build. */

const root = resolve(import.meta.dirname, "../../..");
const built = process.env.NEXT_DIST_DIR || ".next";

const chains: Chain[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tokendesk-starting-"));
});
afterEach(() => {
  for (const chain of chains.splice(0)) chain.clear();
  rmSync(folder, { recursive: true, force: true });
});

const run = (
  script: string,
  env: Record<string, string | undefined>,
  options?: { cwd: string; uid?: number },
) => {
  const given = { TOKENDESK_DATA: join(folder, "data"), NEXT_DIST_DIR: built, ...env };
  const chain = startChain(process.execPath, scriptArguments(script), given, options);
  chains.push(chain);
  return chain;
};

/** It ends with 1, and has said this in one line and nothing else. */
async function expectRefusal({ gone, output }: Chain, ...parts: string[]): Promise<void> {
  const code = await gone();
  expect(output().trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^(Tokendesk|The simulator) cannot start: /),
  ]);
  for (const part of parts) expect(output()).toContain(part);
  expect(code).toBe(1);
}

describe("before the desk serves", () => {
  it.each([
    ["loopback", {}, /^Tokendesk: http:\/\/127\.0\.0\.1:\d+ \(only this machine reaches it\)$/m],
    [
      "all addresses",
      { HOST: "0.0.0.0" },
      /^Tokendesk: http:\/\/127\.0\.0\.1:\d+ \(listening on 0\.0\.0\.0:\d+\)$/m,
    ],
    [
      "loopback, for a proxy",
      {
        TOKENDESK_URL: "https://desk.example",
        TOKENDESK_ALLOW: "vacd",
        TOKENDESK_SECRET: "x".repeat(40),
      },
      /^Tokendesk: https:\/\/desk\.example \(listening on 127\.0\.0\.1:\d+\)$/m,
    ],
  ])("nothing is printed, and then where it is found: on %s", async (_where, env, line) => {
    const port = await freePort();
    const { child, output, gone } = run("scripts/start.ts", { PORT: String(port), ...env });
    const [first] = await once(child.stdout ?? child, "data");
    expect(String(first)).toMatch(line);
    expect(output()).toMatch(/^Tokendesk: /);
    expect((await fetch(`http://127.0.0.1:${port}/api/health/ready`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await gone()).toBe(0);
  });
});

describe("an address that cannot be had", () => {
  // Nothing is there to be started: whoever looked at the address later would build first.
  const unbuilt = { NEXT_DIST_DIR: join(".tmp", "never-built") };
  afterAll(() => expect(existsSync(join(root, unbuilt.NEXT_DIST_DIR))).toBe(false));

  it.each([
    ["a port out of range", { PORT: "70000" }, ["PORT wants a whole number from 1 to 65535"]],
    ["a port that is none", { PORT: "http" }, ["PORT wants a whole number from 1 to 65535"]],
    [
      "somebody else's address",
      { HOST: "203.0.113.7" },
      ["HOST 203.0.113.7 is no address of this machine", "set HOST"],
    ],
    ["a host with a port", { HOST: "127.0.0.1:3000" }, ["HOST wants an address or a name by itself"]],
    ["a URL for a host", { HOST: "http://127.0.0.1" }, ["HOST wants an address or a name by itself"]],
  ])("is refused in a line: %s", async (_what, env, parts) => {
    await expectRefusal(
      run("scripts/start.ts", { PORT: String(await freePort()), ...unbuilt, ...env }),
      ...parts,
    );
  });

  it("is refused in a line: a port that is taken, by whatever is to listen there", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = String(typeof address === "object" && address?.port);
    const said = [`${port} is taken on 127.0.0.1: stop what listens there, or set `, " to another"];
    await expectRefusal(run("scripts/start.ts", { PORT: port, ...unbuilt }), "PORT ", ...said);
    await expectRefusal(run("scripts/demo.ts", { PORT: port, ...unbuilt }), "PORT ", ...said);
    await expectRefusal(run("scripts/simulator.ts", { PORT: port }), "PORT ", ...said);
    const control = { PORT: String(await freePort()), CONTROL_PORT: port };
    await expectRefusal(run("scripts/simulator.ts", control), "CONTROL_PORT ", ...said);
    await expectRefusal(run("scripts/demo.ts", { PORT: "99999", ...unbuilt }), "PORT wants a whole number");
    // Somebody took it after the look.
    const { ended, output } = runDesk({ PORT: port, TOKENDESK_DATA: join(folder, "data") });
    expect(await ended).toBe(1);
    expect(output()).toBe(
      `Tokendesk cannot start: HOST 127.0.0.1 with PORT ${port} cannot be listened on (EADDRINUSE): set others\n`,
    );
    taken.close();
  });
});

describe("an installation", () => {
  const place = join(tmpdir(), `tokendesk-installed-${process.pid}`);
  const left = [".git", ".next", ".tmp", "data", "node_modules", "test-results"];
  const start = async (uid?: number) =>
    run("scripts/start.ts", { NEXT_DIST_DIR: "", PORT: String(await freePort()) }, { cwd: place, uid });
  const link = async (names: string[]) => {
    await mkdir(join(place, "node_modules"), { recursive: true });
    for (const name of names)
      await symlink(join(root, "node_modules", name), join(place, "node_modules", name));
  };

  // As whoever copies does: what is copied last is newest.
  beforeEach(async () => {
    const filter = (path: string) => !path.startsWith(join(root, built, "cache"));
    cpSync(join(root, built), join(place, ".next"), { recursive: true, verbatimSymlinks: true, filter });
    for (const name of await readdir(root))
      if (!left.includes(name)) cpSync(join(root, name), join(place, name), { recursive: true });
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  it("that was copied with its build is run, and not built anew", async () => {
    await link(await readdir(join(root, "node_modules")));
    const { child, output, gone } = await start();
    await expect.poll(output).toMatch(/^Tokendesk: /);
    child.kill("SIGTERM");
    expect(await gone()).toBe(0);
  });

  it("whose sources are others than its build's says so where it cannot build, in one line", async () => {
    const names = await readdir(join(root, "node_modules"));
    await link(names.filter((name) => name !== "typescript"));
    await appendFile(join(place, "proxy.ts"), "// changed\n");
    const fault = "the build in .next is not of these sources, and ";
    // Root may write everywhere.
    const isRoot = userInfo().uid === 0;
    chmodSync(folder, 0o777);
    chmodSync(join(place, ".next"), 0o555);
    if (!isRoot || readable(65_534))
      await expectRefusal(
        await start(isRoot ? 65_534 : undefined),
        fault,
        "this user may not write there: run `npm run build` as the folder's owner",
      );
    chmodSync(join(place, ".next"), 0o755);
    await expectRefusal(
      await start(),
      fault,
      "what builds it is not installed: run `npm ci --include=dev && npm run build`",
    );
    await link(["typescript"]);
    await appendFile(join(place, "next.config.mjs"), "throw new Error();\n");
    const failing = await start();
    await failing.gone();
    expect(failing.output()).toBe(
      "Building Tokendesk (a minute or two) …\n" +
        `Tokendesk cannot start: ${fault}building failed: \`npm run build\` shows why, unless another build is under way here\n`,
    );
  });
});

/** Whether a user may read what is tested: it may lie in somebody's home. */
const readable = (uid: number): boolean =>
  spawnSync(process.execPath, ["-e", "process.chdir(process.argv[1])", root], { uid }).status === 0;
