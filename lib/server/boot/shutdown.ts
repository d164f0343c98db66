import "server-only";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { log } from "../log";
import { serving } from "../peer";
import { once } from "../runtime";

/** How long requests that are under way may take to finish; the slowest answer takes 15 s. All has ended within 20. */
const patienceMs = 18_000;
/** How long a request that has begun to arrive may take to be there. */
const arrivalMs = 2_000;
const sameSignalMs = 2_000;

/** The connections that there are, and the requests under way on each. */
type Connections = Map<Socket, Set<IncomingMessage>>;

/** Beside the signal's name, the code of a process that it ends out of order. */
const signals = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 } as const;

/**
 * Ends the process in order when it is asked to: no new requests, those under way are answered, then `release`; with
 * code 0, since nothing went wrong. A further signal some time later ends it at once, and so does the end of patience:
 * nothing is lost by that, it is only found again at the next start. (A terminal's Ctrl-C reaches the process twice, by itself
 * and through its parents; that counts as one.) Until this is called a signal ends the process at once as well.
 */
export function stopOnSignals(release: () => Promise<void>): void {
  const connections = watchConnections();
  const begun = once("shutdown", () => ({ at: 0 }));
  const stop = (signal: keyof typeof signals) => async () => {
    if (begun.at > 0) {
      if (performance.now() - begun.at > sameSignalMs) process.exit(signals[signal]);
      return;
    }
    begun.at = performance.now();
    log().info({ signal }, "stopping");
    setTimeout(() => process.exit(signals[signal]), patienceMs).unref();
    await endConnections(connections);
    await release().catch(() => log().error("the store was not closed in order"));
    process.exit();
  };
  for (const signal of Object.keys(signals) as (keyof typeof signals)[]) process.on(signal, stop(signal));
}

function watchConnections(): Connections {
  const connections: Connections = new Map();
  subscribe("net.server.socket", (message) => {
    const { socket } = message as { socket: Socket };
    if (serving().ending) return void socket.destroy();
    connections.set(socket, new Set());
    socket.once("close", () => connections.delete(socket));
  });
  subscribe("http.server.request.start", (message) => {
    const { socket, request, response } = message as {
      socket: Socket;
      request: IncomingMessage;
      response: ServerResponse;
    };
    const underWay = connections.get(socket);
    underWay?.add(request);
    response.once("close", () => underWay?.delete(request));
  });
  return connections;
}

/** Takes no new connection, and waits until the requests under way are answered. */
async function endConnections(connections: Connections): Promise<void> {
  const state = serving();
  state.ending = true;
  for (const server of state.servers) server.close();
  const begun = performance.now();
  while (connections.size > 0) {
    await delay(100);
    // A connection that has its answer would be kept for the next request.
    for (const server of state.servers) server.closeIdleConnections();
    const isLate = performance.now() - begun > arrivalMs;
    for (const [socket, requests] of connections) {
      // Node counts a connection as idle only after its first request; browsers open some for later.
      const isSilent = socket.bytesRead === 0;
      const isThere = [...requests].some(({ complete }) => complete);
      if (isSilent || (isLate && !isThere)) socket.destroy();
    }
  }
}
