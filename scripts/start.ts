import { join, resolve } from "node:path";
import { isLoopback } from "@/lib/server/env";
import { checkStore } from "@/lib/server/services/check-store";
import { checkDeskAddress, hostInUrl, readDeskAddress } from "./desk-address";
import { ensureBuild } from "./ensure-build";
import { endTogether } from "./signals";
import { type DeskState, prepare, startDesk } from "./start-desk";

/*
 * `npm start`: builds where that is needed and runs the desk. What can be wrong in the configuration is said before
 * the build, not after it, and where the desk is when it serves.
 */

const root = resolve(import.meta.dirname, "..");

endTogether();
const address = await prepare(async () => {
  const read = readDeskAddress(process.env);
  await checkDeskAddress(read);
  await checkStore(read.env);
  await ensureBuild(root);
  return read;
});
process.exit(await startDesk(root, address, process.env, "inherit", tellWhere));

function tellWhere(state: DeskState): void {
  const { env, host, port } = address;
  if (state === "standby") {
    const where = `listening on ${hostInUrl(host)}:${port}`;
    console.log(`Tokendesk stands by (${where}): another desk works on the database, until that one ends.`);
    return;
  }
  const own = isLoopback(hostInUrl(host)) && env.loopback && port === Number(env.url.port || 80);
  const reach = own ? "only this machine reaches it" : `listening on ${hostInUrl(host)}:${port}`;
  const proxy = env.forwardProxy ? `, portals through ${env.forwardProxy.shown}` : "";
  console.log(`Tokendesk: ${env.url.origin} (${reach})${proxy}`);
  if (!env.secret)
    console.log(
      `Its secret was made for it and lies in ${join(resolve(root, env.dataDir), "secret")}, beside the database: ` +
        "set TOKENDESK_SECRET to keep them apart.",
    );
}
