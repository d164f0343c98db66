import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockFolder } from "@/lib/server/store/folder";
import { type Chain, scriptArguments, startChain } from "@/tests/support/chain";
import { startDeskProcess } from "@/tests/support/desk-process";
import { freePort } from "@/tests/support/free-port";
import { builtFolder } from "../../../scripts/ensure-build";
import { whyNotListen } from "../../../scripts/listening";

/* How what people start ends: whole, in order, and with the port and the data folder free for the next one. */

const root = resolve(import.meta.dirname, "../../..");
const built = process.env.NEXT_DIST_DIR;

let folder: string;
let port: number;
let chain: Chain | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tokendesk-ending-"));
  port = await freePort();
});
afterEach(() => {
  chain?.clear();
  rmSync(folder, { recursive: true, force: true });
});

const start = (command: string, args: string[], env: Record<string, string | undefined> = {}): Chain => {
  chain = startChain(command, args, {
    NEXT_DIST_DIR: built,
    PORT: String(port),
    TOKENDESK_DATA: join(folder, "data"),
    ...env,
  });
  return chain;
};

/** The next one would find both free. */
async function expectFree(): Promise<void> {
  expect(await whyNotListen("127.0.0.1", port)).toBeUndefined();
  lockFolder(join(folder, "data"), () => {})();
}

const processes = { npm: /^npm /, script: /^\S*node .*scripts\/start\.ts/, desk: /scripts\/desk\.mjs/ };

// The first process of a container is sent no signal that it does not handle: `docker stop` would wait, and kill it.
it("whoever asks for an end while the program is being loaded gets it", async () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const early = "node --import ./scripts/early-signals.mjs --import tsx";
  for (const name of ["start", "demo", "simulator", "build"]) expect(scripts[name]).toContain(early);
  const asked = "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1_000);";
  const child = spawn(process.execPath, ["--import", "./scripts/early-signals.mjs", "-e", asked], {
    cwd: root,
  });
  expect(await once(child, "exit")).toEqual([0, null]);
});

describe("npm start", () => {
  // npm passes on what it can. What it cannot, and what ends a process at once, is noticed by the others.
  it.each<[NodeJS.Signals, keyof typeof processes, number | null]>([
    ["SIGTERM", "npm", 0],
    ["SIGINT", "npm", 0],
    ["SIGKILL", "npm", null],
    ["SIGTERM", "script", 0],
    ["SIGHUP", "script", 0],
    ["SIGKILL", "script", null],
    ["SIGTERM", "desk", 0],
    ["SIGKILL", "desk", 137],
  ])("ends whole by %s to its %s", async (signal, name, code) => {
    const { output, find, gone } = start("npm", ["start"]);
    await expect.poll(output).toContain("Tokendesk: ");
    process.kill(await find(processes[name]), signal);
    expect(await gone()).toBe(code);
    await expectFree();
  });

  it("ends at once while the desk is still starting", async () => {
    const { child, output, find, gone } = start(process.execPath, scriptArguments("scripts/start.ts"));
    await find(processes.desk);
    child.kill("SIGTERM");
    expect(await gone()).toBe(0);
    expect(output()).toBe("");
    await expectFree();
  });

  // The desk's own process is not told of it once more when it is ready to listen.
  it("ends whole also where the script is killed while the desk is being loaded", async () => {
    const { child, find, gone } = start(process.execPath, scriptArguments("scripts/start.ts"));
    await find(processes.desk);
    child.kill("SIGKILL");
    expect(await gone()).toBeNull();
    await expectFree();
  });

  it("outside npm goes on when whoever started it is done", async () => {
    const command = [process.execPath, ...scriptArguments("scripts/start.ts")].join(" ");
    const { child, output, find, gone } = start("sh", ["-c", `${command} & exec sleep 0.1`]);
    await once(child, "exit");
    await expect.poll(output).toContain("Tokendesk: ");
    process.kill(await find(processes.script), "SIGTERM");
    await gone();
    await expectFree();
  });

  it.runIf(process.env.TEST_LONG)("ends also where the desk does not", async () => {
    const { child, output, find, gone } = start(process.execPath, scriptArguments("scripts/start.ts"));
    await expect.poll(output).toContain("Tokendesk: ");
    process.kill(await find(processes.desk), "SIGSTOP");
    child.kill("SIGTERM");
    expect(await gone()).toBe(137);
    expect(output()).toContain("The desk did not end in time.");
    await expectFree();
  });
});

describe("a build that is ended", () => {
  const dist = join(".tmp", "ended-build");
  const clear = () => rmSync(join(root, dist), { recursive: true, force: true });
  beforeEach(clear);
  afterEach(clear);

  it.each<[NodeJS.Signals, string, RegExp, number | null]>([
    ["SIGTERM", "start", processes.npm, 0],
    ["SIGKILL", "start", processes.script, null],
    ["SIGTERM", "build", processes.npm, 1],
    ["SIGKILL", "build", processes.npm, null],
  ])(
    "by %s in npm run %s leaves nothing running, and nothing that counts as a build",
    async (signal, script, who, code) => {
      const { output, find, gone } = start("npm", ["run", script], { NEXT_DIST_DIR: dist });
      await expect.poll(() => existsSync(join(root, dist))).toBe(true);
      process.kill(await find(who), signal);
      expect(await gone()).toBe(code);
      expect(output()).not.toMatch(/cannot start|^\s+at /m);
      expect(existsSync(join(root, dist, "tokendesk-sources"))).toBe(false);
    },
  );
});

describe("what stands beside it", () => {
  it("npm run demo ends whole, and leaves no data", async () => {
    const { child, output, gone } = start("npm", ["run", "demo"], { TMPDIR: folder });
    await expect.poll(output).toContain("Ctrl-C stops both");
    child.kill("SIGTERM");
    expect(await gone()).toBe(0);
    expect(await whyNotListen("127.0.0.1", port)).toBeUndefined();
    expect(readdirSync(folder).filter((name) => name.startsWith("tokendesk-demo-"))).toEqual([]);
  });

  it("npm run simulator ends with npm", async () => {
    const { child, output, gone } = start("npm", ["run", "simulator"], {
      CONTROL_PORT: String(await freePort()),
    });
    await expect.poll(output).toMatch(/control +http/);
    child.kill("SIGKILL");
    await gone();
    expect(await whyNotListen("127.0.0.1", port)).toBeUndefined();
  });
});

describe("a desk that is asked to end", () => {
  // Browsers open connections that they may need later; whoever sends half a request need not be waited for.
  it.each([
    ["nothing", ""],
    ["half a head", "GET /api/health/live HTTP/1.1\r\nHost: x\r\n"],
    ["half a body", "POST /api/auth/callback/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"],
  ])("waits for no connection that has sent %s", async (_what, bytes) => {
    const desk = await startDeskProcess();
    const socket = connect(desk.port, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write(bytes);
    // The desk has taken the connection, and what it has sent, before it is told of a later one.
    await desk.visitor().get("/api/health/live");
    expect(await desk.stop()).toBe(0);
  });

  it("ends at once when it is asked again", async () => {
    const desk = await startDeskProcess();
    await desk.portal.addFault({ endpoint: "login", kind: "hang", count: null });
    const asked = desk.trySignIn(desk.visitor(), "ann").catch(() => undefined);
    await desk.portal.waitForCalls({ endpoint: "login" }, 1);
    await expect
      .poll(() => {
        desk.child.kill("SIGTERM");
        return desk.child.exitCode;
      })
      .toBe(143);
    await asked;
    await desk.stop();
  });

  // Whoever started it was killed, and can pass nothing on.
  it("ends in order with the channel to whoever started it", async () => {
    const { PATH, HOME } = process.env;
    const env = {
      PATH,
      HOME,
      NODE_ENV: "production",
      TOKENDESK_DATA: join(folder, "data"),
    } as const;
    const program = join(builtFolder(root), "scripts", "desk.mjs");
    const child = spawn(process.execPath, [program, "127.0.0.1", String(port)], {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    const [message] = await once(child, "message");
    expect(message).toEqual({ tokendesk: "ready" });
    child.disconnect();
    expect(await once(child, "exit")).toEqual([0, null]);
    await expectFree();
  });
});
