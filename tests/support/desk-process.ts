import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ControlClient, createControlClient } from "@/lib/simulator/control-client";
import { type Simulator, type SimulatorOptions, startSimulator } from "@/lib/simulator/start";
import { type DeskAnswer, DeskClient } from "../../scripts/desk-client";
import { builtFolder, deskArguments, quietNext } from "../../scripts/ensure-build";
import { freePort } from "./free-port";

/** The built desk as a process of its own, beside a simulator: what a person would run. */
export type DeskProcess = {
  baseUrl: string;
  port: number;
  dataDir: string;
  simulator: Simulator;
  portal: ControlClient;
  child: ChildProcess;
  /** All that it has printed so far. */
  output(): string;
  /** Somebody who is not signed in. */
  visitor(): DeskClient;
  /** Signs a seeded user in, by key or user name. */
  signedIn(user: string): Promise<DeskClient>;
  /** As the sign-in form does, whatever comes of it. */
  trySignIn(client: DeskClient, user: string, password?: string): Promise<DeskAnswer>;
  /** Ends desk and simulator; resolves with the desk's exit code. */
  stop(): Promise<number | null>;
};

export type DeskProcessOptions = {
  /** In addition to what a desk on loopback needs; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  simulator?: SimulatorOptions;
  /** The built folder that it runs out of, if not this checkout's. */
  folder?: string;
};

const root = resolve(import.meta.dirname, "../..");

/** Starts one on a free port and waits until it is ready. */
export async function startDeskProcess(options: DeskProcessOptions = {}): Promise<DeskProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), "tokendesk-test-"));
  const simulator = await startSimulator(options.simulator);
  const port = await freePort();
  const env = {
    PORT: String(port),
    TOKENDESK_DATA: dataDir,
    TOKENDESK_PORTAL_CALLS_PER_MINUTE: "100000",
    PORTALS: JSON.stringify([{ id: "sim", name: "Simulator", baseUrl: simulator.baseUrl }]),
    ...options.env,
  };
  const { child, output } = runDesk(env, options.folder);
  const baseUrl = `http://127.0.0.1:${port}`;
  await untilReady(baseUrl, child, output);

  const trySignIn: DeskProcess["trySignIn"] = (client, key, password) => {
    const user = simulator.seed.user(key);
    return client.signIn({
      portal: "sim",
      username: user.userName,
      password: password ?? user.password,
    });
  };
  return {
    baseUrl,
    port,
    dataDir,
    simulator,
    portal: createControlClient(simulator.controlUrl),
    child,
    output,
    visitor: () => new DeskClient(baseUrl),
    trySignIn,
    async signedIn(user) {
      const client = new DeskClient(baseUrl);
      const { status, text } = await trySignIn(client, user);
      if (status !== 200) throw new Error(`signing in was answered ${status}: ${text}`);
      return client;
    },
    async stop() {
      const code = await end(child);
      await simulator.stop();
      rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

/** Starts the desk with this configuration and nothing of the surrounding one; it may well refuse. */
export function runDesk(
  env: Record<string, string | undefined>,
  folder = builtFolder(root),
): {
  child: ChildProcess;
  output: () => string;
  /** Its exit code. */
  ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, deskArguments(folder, "127.0.0.1", Number(env.PORT ?? 0)), {
    cwd: root,
    // By its channel the desk notices the end of whoever started it, and ends as well.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...quietNext,
      NODE_ENV: "production",
      ...env,
    },
  });
  let text = "";
  const keep = (chunk: Buffer) => {
    text += chunk.toString("utf8");
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return { child, output: () => text, ended: once(child, "close").then(([code]) => code as number | null) };
}

/** Waits until the desk can work. Throws, with all that it printed, when it ends instead. */
export async function untilReady(baseUrl: string, child: ChildProcess, output: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the desk did not start:\n${output()}`);
    const ready = await fetch(`${baseUrl}/api/health/ready`).catch(() => undefined);
    if (ready?.ok) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    await once(child, "close");
  }
  return child.exitCode;
}
