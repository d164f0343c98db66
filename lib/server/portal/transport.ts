import "server-only";
import { type Dispatcher, EnvHttpProxyAgent, Pool } from "undici";
import { type Answer, exchange, type Outgoing } from "./exchange";
import { tunnelPool } from "./tunnel";

/*
 * The sockets. What crosses here: whole requests to one configured origin, over TLS 1.2 or newer with a verified
 * certificate (plain http on loopback only, see portals.ts), through a forward proxy's tunnel where one is named: it
 * hears which host is meant, and nothing else. What must never: a request to any other origin, a redirect
 * that is followed, an unbounded answer. Next patches the global `fetch` with a cache, so that is never used.
 */

/** Which connections a request may use, so that one kind of call cannot take them all. */
export type Lane = "read" | "write" | "revoke" | "bulk";

export type PortalTimeouts = {
  /** For TCP and TLS together. */
  connectMs: number;
  /** For a whole call: waiting, all tries, headers and body. */
  callMs: number;
};

/** Forward proxies by what they are for, and the hosts that are reached without: `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`. */
export type ForwardProxy = { http?: URL; https?: URL; noProxy: string };

export type Transport = {
  send(lane: Lane, outgoing: Outgoing): Promise<Answer>;
  /** Lets what is under way finish, then closes every connection. */
  close(): Promise<void>;
};

/** Opens the pools of connections to one origin. Nothing is connected before the first request. */
export function createTransport(origin: string, timeouts: PortalTimeouts, proxy?: ForwardProxy): Transport {
  // Said outright, for the environment could turn the verification off (NODE_TLS_REJECT_UNAUTHORIZED).
  const connect = { timeout: timeouts.connectMs, rejectUnauthorized: true, minVersion: "TLSv1.2" } as const;
  const via = origin.startsWith("https:") ? proxy?.https : proxy?.http;
  const waits = { headersTimeout: timeouts.callMs, bodyTimeout: timeouts.callMs };
  const pool = (connections: number, pipelining: 0 | 1): Dispatcher => {
    const options = { connections, pipelining, allowH2: false, connect, ...waits };
    if (!via) return new Pool(origin, options);
    return new EnvHttpProxyAgent({
      ...options,
      httpProxy: via.origin,
      httpsProxy: via.origin,
      noProxy: proxy?.noProxy,
      token: authorizationOf(via),
      requestTls: connect,
      proxyTls: connect,
      // A proxy that does not answer is given up, or nobody would be let through when it is back.
      clientFactory: (url, more) => tunnelPool(url, { ...more, connections, ...waits }),
    });
  };
  const lanes: Record<Lane, Dispatcher> = {
    read: pool(12, 1),
    // A POST is never repeated, so it gets a fresh connection each: a kept one may be closing at that moment, and
    // then nobody could say whether the portal acted.
    write: pool(8, 0),
    revoke: pool(4, 1),
    bulk: pool(4, 1),
  };
  let closing: Promise<unknown> | undefined;
  return {
    send: (lane, outgoing) => exchange(lanes[lane], origin, outgoing),
    async close() {
      closing ??= Promise.all(Object.values(lanes).map((lane) => lane.close()));
      await closing;
    },
  };
}

/** A user alone counts, too, and a password alone: undici takes both of them or none. */
function authorizationOf({ username, password }: URL): string | undefined {
  if (!username && !password) return undefined;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}
