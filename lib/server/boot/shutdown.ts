import "server-only";
import type { Server } from "node:http";
import { performance } from "node:perf_hooks";
import { log } from "../log";
import { serving } from "../peer";
import { once } from "../runtime";

/** How long requests that are under way may take to finish; the slowest answer takes 15 s. */
const patienceMs = 20_000;
const sameSignalMs = 2_000;

/**
 * Ends the process in order on SIGTERM and SIGINT: no new requests, those under way are answered, then `release`.
 * `scripts/start` keeps Next from ending the process earlier (NEXT_MANUAL_SIG_HANDLE). A further signal some time
 * later ends it at once: nothing is lost by that, it is only found again at the next start. (A terminal's Ctrl-C
 * reaches the process twice, by itself and through its parents; that counts as one.)
 */
export function stopOnSignals(release: () => Promise<void>): void {
  const begun = once("shutdown", () => ({ at: 0 }));
  const stop = (signal: "SIGTERM" | "SIGINT", code: number) => async () => {
    if (begun.at > 0) {
      if (performance.now() - begun.at > sameSignalMs) process.exit(code);
      return;
    }
    begun.at = performance.now();
    log().info({ signal }, "stopping");
    setTimeout(() => process.exit(code), patienceMs).unref();
    const state = serving();
    state.ending = true;
    await Promise.all([...state.servers].map(close));
    await release().catch(() => log().error("the store was not closed in order"));
    process.exit(code);
  };
  process.on("SIGTERM", stop("SIGTERM", 143));
  process.on("SIGINT", stop("SIGINT", 130));
}

/** Takes no new connection, and waits until the requests under way are answered. */
async function close(server: Server): Promise<void> {
  // A connection that has its answer would be kept for the next request.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(sweep);
}
