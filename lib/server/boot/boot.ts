import "server-only";
import { apiPolicy, baseHeaders } from "@/lib/shared/security-headers";
import { readEnv } from "../env";
import { startWorker } from "../jobs/worker";
import { log } from "../log";
import { watchRequests } from "../peer";
import { scrubOutput } from "../printing";
import { once } from "../runtime";
import { scrub } from "../scrub";
import { closeDesk, currentDesk } from "../services/desk";
import { reasonOf } from "../services/reason";
import { lockStore } from "../store/lock";
import { guard } from "./gate";
import { spareMemory } from "./memory";
import { stopOnSignals } from "./shutdown";

/*
 * The start of the process, in this order: configuration, the store's lock, store and keys, the worker. Requests
 * wait for it. A desk that cannot start says so in one line and ends: a throw would leave Next up, answering 500.
 */

/** Starts the desk, once a process. Does not return when it cannot. */
export async function boot(): Promise<void> {
  scrubOutput();
  spareMemory();
  try {
    await once("boot", start);
  } catch (error) {
    process.stderr.write(`Tokendesk cannot start: ${scrub(reasonOf(error))}\n`);
    process.exit(1);
  }
}

async function start(): Promise<void> {
  const env = readEnv(process.env);
  // next-auth and the proxy take the desk's own address from here, never from a request.
  process.env.NEXTAUTH_URL = env.url.origin;
  const headers = baseHeaders(env.url.protocol === "https:");
  watchRequests({
    headers,
    unlessSet: { "Cache-Control": "no-store", "Content-Security-Policy": apiPolicy },
    home: env.url,
    onServer: (server) => guard(server, headers),
  });
  if (env.forwardProxy)
    log().info({ proxy: env.forwardProxy.shown }, "the portals are reached through a proxy");
  const release = await lockStore(env, onLockLost, true);
  const desk = await currentDesk();
  const worker = startWorker(desk);
  stopOnSignals(async () => {
    await worker.stop();
    await closeDesk(desk);
    await release();
  });
}

/** Another desk may have the store now: nothing more may be written from here. */
function onLockLost(): void {
  log().fatal("the lock on the database is lost");
  process.exit(1);
}
