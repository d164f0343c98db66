import "server-only";
import { channel } from "node:diagnostics_channel";
import { apiPolicy, baseHeaders } from "@/lib/shared/security-headers";
import { version } from "@/package.json";
import { readEnv } from "../env";
import { startWorker } from "../jobs/worker";
import { log } from "../log";
import { measureRequests } from "../metrics/requests";
import { startMetrics } from "../metrics/start";
import { watchRequests } from "../peer";
import { scrubOutput } from "../printing";
import { once } from "../runtime";
import { scrub } from "../scrub";
import { closeDesk, currentDesk } from "../services/desk";
import { reasonOf } from "../services/reason";
import { probePlaces } from "../store/folder";
import { lockStore } from "../store/lock";
import { guard } from "./gate";
import { spareMemory } from "./memory";
import { stopOnSignals } from "./shutdown";
import { standby } from "./standby";

/*
 * The start of the process, in this order: configuration, what it writes to, the store's lock, store and keys, the worker.
 * The process listens when that is over, or when it waits for the lock. A desk that cannot start says so in one line and
 * ends: a throw would leave Next up.
 */

/** Starts the desk, once a process. Returns when it works, or stands by; not at all when it can do neither. */
export const boot = (): Promise<void> =>
  once("boot", () => new Promise<void>((resolve) => void start(resolve).then(resolve, refuseToStart)));

function refuseToStart(error: unknown): never {
  process.stderr.write(`Tokendesk cannot start: ${scrub(reasonOf(error))}\n`);
  process.exit(1);
}

async function start(onStandby: () => void): Promise<void> {
  scrubOutput();
  spareMemory();
  const env = readEnv(process.env);
  // next-auth and the proxy take the desk's own address from here, never from a request.
  process.env.NEXTAUTH_URL = env.url.origin;
  const headers = baseHeaders(env.hsts);
  watchRequests({
    headers,
    unlessSet: { "Cache-Control": "no-store", "Content-Security-Policy": apiPolicy },
    onServer: (server) => guard(server, headers, env),
  });
  if (env.metricsToken) {
    startMetrics(version);
    measureRequests();
  }
  if (env.forwardProxy)
    log().info({ proxy: env.forwardProxy.shown }, "the portals are reached through a proxy");
  probePlaces(env);
  const release = await lockStore(env, onLockLost, () => {
    standby().waiting = true;
    log().info("another desk works on the database: this one stands by, and takes over when that one ends");
    tellProgram("standby");
    onStandby();
  });
  const desk = await currentDesk();
  const worker = startWorker(desk);
  if (standby().waiting) log().info("the other desk has ended: this one has taken over");
  standby().waiting = false;
  stopOnSignals(async () => {
    await worker.stop();
    await closeDesk(desk);
    await release();
  });
  tellProgram("ready");
}

/** Tells the program around this (`scripts/desk.mjs`) how far the start is: from then on it listens. */
const tellProgram = (state: "standby" | "ready"): void => channel("tokendesk.boot").publish(state);

/** Another desk may have the store now: nothing more may be written from here. */
function onLockLost(): void {
  log().fatal("the lock on the store is lost: another desk may have it");
  process.exit(1);
}
