import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { EnvError } from "@/lib/server/env";
import { type DeskAddress, readDeskAddress } from "./desk-address";
import { deskArguments, ensureBuild, quietNext } from "./ensure-build";

/*
 * `npm start`: builds where that is needed and runs the desk. What can be wrong in the configuration is said before
 * the build, not after it.
 */

const root = resolve(import.meta.dirname, "..");

function readAddress(): DeskAddress {
  try {
    return readDeskAddress(process.env);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    console.error(`Tokendesk cannot start: ${error.message}`);
    process.exit(1);
  }
}

const { env, host, port } = readAddress();
try {
  ensureBuild(root);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const desk = spawn(process.execPath, deskArguments(root, host, port), {
  cwd: root,
  // The desk ends itself in order; Next alone would not wait for its worker.
  env: { ...process.env, ...quietNext, NODE_ENV: "production", NEXT_MANUAL_SIG_HANDLE: "1" },
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => desk.kill(signal));
desk.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));

const listening = env.loopback ? "" : ` (listening on ${host}:${port})`;
const proxy = env.forwardProxy ? `, portals through ${env.forwardProxy.shown}` : "";
console.log(`Tokendesk: ${env.url.origin}${listening}${proxy}`);
if (!env.secret)
  console.log(
    `Its secret was made for it and lies in ${join(resolve(root, env.dataDir), "secret")}, beside the database: ` +
      "set TOKENDESK_SECRET to keep them apart.",
  );
