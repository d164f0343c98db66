import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createControlClient } from "@/lib/simulator/control-client";
import { type Simulator, type SimulatorOptions, startSimulator } from "@/lib/simulator/start";

let folder: string;
let running: Simulator[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simulator-"));
});
afterEach(async () => {
  await Promise.all(running.map((simulator) => simulator.stop()));
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

const start = async (options: SimulatorOptions): Promise<Simulator> => {
  const simulator = await startSimulator(options);
  running.push(simulator);
  return simulator;
};
const list = async (simulator: Simulator, credential: string): Promise<string[]> => {
  const headers = { "x-auth-token": credential };
  return (await fetch(`${simulator.baseUrl}/v1/admin/token`, { headers })).json();
};

describe("starting", () => {
  it("draws other passwords and tokens each time", async () => {
    const [one, two] = [await start({}), await start({})];
    const secrets = (simulator: Simulator) =>
      simulator.seed.users.flatMap((user) => [user.password, ...user.tokens]);
    const all = [...secrets(one), ...secrets(two)];
    expect(new Set(all).size).toBe(all.length);
  });

  it("takes a seed from a file, and refuses one of the wrong shape", async () => {
    const seed = join(folder, "seed.json");
    const root = {
      userName: "root@x.example",
      password: "given",
      roles: ["SUPER_USER"],
      tokens: ["aws80:given"],
    };
    writeFileSync(
      seed,
      JSON.stringify({ users: [root, { userName: "a@x.example", parent: "root@x.example" }] }),
    );
    const simulator = await start({ seed });
    expect(simulator.seed.user("root@x.example")).toMatchObject({
      password: "given",
      tokens: ["aws80:given"],
    });
    expect(simulator.seed.user("a@x.example").password).toMatch(/.{16,}/);
    await expect(start({ seed: { users: [{ userName: "b", parent: "nobody" }] } })).rejects.toThrow("parent");
    writeFileSync(seed, '{"people": []}');
    await expect(start({ seed })).rejects.toThrow();
  });

  it("makes a user with ten thousand tokens quickly", async () => {
    const began = performance.now();
    const simulator = await start({ extraTokens: { apiCrm: 10_000 } });
    const crm = simulator.seed.user("apiCrm");
    expect(await list(simulator, crm.tokens[0] ?? "")).toEqual(crm.tokens);
    expect(crm.tokens).toHaveLength(10_004);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("says so when the port is taken, and leaves the other one free", async () => {
    const { port, controlPort } = await start({});
    await expect(start({ port })).rejects.toThrow("EADDRINUSE");
    await expect(start({ controlPort })).rejects.toThrow("EADDRINUSE");
  });

  it("keeps its state in a file that only its owner may read", async () => {
    const stateFile = join(folder, "state", "portal.json");
    const first = await start({ stateFile });
    const { userName, password, tokens } = first.seed.user("apiCrm");
    const minted = await fetch(`${first.baseUrl}/v1/admin/token`, {
      method: "POST",
      headers: { "x-auth-token": tokens[0] ?? "" },
    });
    const token = await minted.text();
    const authToken = await createControlClient(first.controlUrl).openAuthToken(userName);
    await first.stop();
    expect(statSync(stateFile).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, "state"))).toEqual(["portal.json"]);

    const second = await start({ stateFile });
    expect(second.seed.user("apiCrm")).toMatchObject({ password, tokens: [...tokens, token] });
    expect(await list(second, authToken)).toEqual([...tokens, token]);
  });
});

describe("the script", () => {
  it("prints who can sign in and where, and stops when asked", async () => {
    const script = spawn(
      process.execPath,
      ["--import", "tsx", "scripts/simulator.ts", "--port", "0", "--control-port", "0"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const exited = once(script, "exit");
    let text = "";
    for await (const chunk of script.stdout) {
      text += String(chunk);
      if (/control +http/.test(text)) break;
    }
    const baseUrl = /http:\S+\/api\b/.exec(text)?.[0] ?? "";
    const [userName = "", , , password = ""] = /^rosa.*$/m.exec(text)?.[0].split(/ {2,}/) ?? [];
    const body = new URLSearchParams({ username: userName, password });
    expect((await fetch(`${baseUrl}/v1/auth/login`, { method: "POST", body })).status).toBe(200);
    script.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  });
});
