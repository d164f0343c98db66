import { join, resolve } from "node:path";
import { isLoopback } from "@/lib/server/env";
import { checkDeskAddress, hostInUrl, readDeskAddress } from "./desk-address";
import { ensureBuild } from "./ensure-build";
import { endTogether } from "./signals";
import { prepare, startDesk } from "./start-desk";

/*
 * `npm start`: builds where that is needed and runs the desk. What can be wrong in the configuration is said before
 * the build, not after it, and where the desk is when it serves.
 */

const root = resolve(import.meta.dirname, "..");

endTogether();
const address = await prepare(async () => {
  const read = readDeskAddress(process.env);
  await checkDeskAddress(read);
  await ensureBuild(root);
  return read;
});
process.exit(await startDesk(root, address, process.env, "inherit", tellWhere));

function tellWhere(): void {
  const { env, host, port } = address;
  const own = isLoopback(hostInUrl(host));
  const reach =
    own && env.loopback ? "only this machine reaches it" : `listening on ${hostInUrl(host)}:${port}`;
  const proxy = env.forwardProxy ? `, portals through ${env.forwardProxy.shown}` : "";
  console.log(`Tokendesk: ${env.url.origin} (${reach})${proxy}`);
  if (!env.secret)
    console.log(
      `Its secret was made for it and lies in ${join(resolve(root, env.dataDir), "secret")}, beside the database: ` +
        "set TOKENDESK_SECRET to keep them apart.",
    );
}
