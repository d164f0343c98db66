import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { seedTable } from "@/lib/simulator/seed-table";
import { startSimulator } from "@/lib/simulator/start";
import { seedDemo } from "./demo-tokens";
import { checkDeskAddress, readDeskAddress } from "./desk-address";
import { ensureBuild } from "./ensure-build";
import { askedToEnd, endTogether } from "./signals";
import { prepare, startDesk } from "./start-desk";

/*
 * `npm run demo`: the desk beside a stand-in portal, with people and tokens to try everything on. Both forget all
 * when they stop. Nothing of it touches ./data or a real portal.
 */

const root = resolve(import.meta.dirname, "..");
const portal = { id: "simulator", name: "Simulator (demo)" };

endTogether();
const { address, folder } = await prepare(async () => {
  const read = readDeskAddress({ NODE_ENV: "production", PORT: process.env.PORT });
  await checkDeskAddress(read);
  return { address: read, folder: await ensureBuild(root) };
});
const { origin } = address.env.url;
const simulator = await startSimulator();
const dataDir = mkdtempSync(join(tmpdir(), "tokendesk-demo-"));
const env = {
  NODE_ENV: "production",
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  PORT: String(address.port),
  TOKENDESK_DATA: dataDir,
  TOKENDESK_PORTAL_CALLS_PER_MINUTE: "10000",
  PORTALS: JSON.stringify([{ ...portal, baseUrl: simulator.baseUrl }]),
} as const;
const code = await startDesk(folder, address, env, "ignore", tellHow);
await simulator.stop();
rmSync(dataDir, { recursive: true, force: true });
process.exit(code);

async function tellHow(): Promise<void> {
  try {
    await seedDemo(origin, portal.id, simulator.seed);
  } catch (error) {
    if (!askedToEnd())
      console.error(`The demo cannot be filled: ${error instanceof Error ? error.message : error}`);
    return;
  }
  console.log(`\n${seedTable(simulator.seed)}\n
Tokendesk       ${origin}
Sign in as      any of these, at "${portal.name}"; lena.lead has the fullest list
Portal control  ${simulator.controlUrl}\n
Ctrl-C stops both and forgets everything.`);
}
