import { join, resolve } from "node:path";
import { isLoopback } from "@/lib/server/env";
import { checkStore } from "@/lib/server/services/check-store";
import { checkDeskAddress, type DeskAddress, hostInUrl, readDeskAddress } from "./desk-address";
import { endTogether } from "./signals";
import { type DeskState, prepare, startDesk } from "./start-desk";

/**
 * Runs the desk until it ends, and this program with it. What can be wrong in the configuration is said before anything
 * else is done, and where the desk is when it serves.
 * @param ensureFolder gives the folder that `npm run build` made, which the desk runs out of.
 */
export async function serve(ensureFolder: () => Promise<string>): Promise<never> {
  endTogether();
  const { address, folder } = await prepare(async () => {
    const address = readDeskAddress(process.env);
    await checkDeskAddress(address);
    await checkStore(address.env);
    return { address, folder: await ensureFolder() };
  });
  const code = await startDesk(folder, address, process.env, "inherit", (state) => tellWhere(address, state));
  process.exit(code);
}

function tellWhere({ env, host, port }: DeskAddress, state: DeskState): void {
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
      `Its secret was made for it and lies in ${join(resolve(env.dataDir), "secret")}, beside the database: ` +
        "set TOKENDESK_SECRET to keep them apart.",
    );
}
