import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { seedTable } from "@/lib/simulator/seed-table";
import { startSimulator } from "@/lib/simulator/start";
import { seedDemo } from "./demo-tokens";
import { deskArguments, ensureBuild, quietNext } from "./ensure-build";

/*
 * `npm run demo`: the desk beside a stand-in portal, with people and tokens to try everything on. Both forget all
 * when they stop. Nothing of it touches ./data or a real portal.
 */

const root = resolve(import.meta.dirname, "..");
const port = Number(process.env.PORT ?? 3000);
const url = `http://127.0.0.1:${port}`;
const portal = { id: "simulator", name: "Simulator (demo)" };

ensureBuild(root);
const simulator = await startSimulator();
const dataDir = mkdtempSync(join(tmpdir(), "tokendesk-demo-"));
const desk = spawn(process.execPath, deskArguments(root, "127.0.0.1", port), {
  cwd: root,
  env: {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NEXT_DIST_DIR: process.env.NEXT_DIST_DIR,
    ...quietNext,
    NODE_ENV: "production",
    NEXT_MANUAL_SIG_HANDLE: "1",
    PORT: String(port),
    TOKENDESK_URL: url,
    TOKENDESK_DATA: dataDir,
    TOKENDESK_PORTAL_CALLS_PER_MINUTE: "10000",
    PORTALS: JSON.stringify([{ ...portal, baseUrl: simulator.baseUrl }]),
  },
  stdio: ["ignore", "ignore", "inherit"],
});

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => desk.kill(signal));
desk.on("exit", async (code) => {
  await simulator.stop();
  rmSync(dataDir, { recursive: true, force: true });
  process.exit(code === 130 || code === 143 ? 0 : (code ?? 1));
});

await untilReady();
await seedDemo(url, portal.id, simulator.seed);
console.log(`\n${seedTable(simulator.seed)}\n
Tokendesk       ${url}
Sign in as      any of these, at "${portal.name}"; lena.lead has the fullest list
Portal control  ${simulator.controlUrl}\n
Ctrl-C stops both and forgets everything.`);

async function untilReady(): Promise<void> {
  for (;;) {
    const ready = await fetch(`${url}/api/health/ready`).catch(() => undefined);
    if (ready?.ok) return;
    await delay(100);
  }
}
