import "server-only";
import { Pool } from "undici";
import { type Answer, exchange, type Outgoing } from "./exchange";

/*
 * The sockets. What crosses here: whole requests to one configured origin, over TLS 1.2 or newer with a verified
 * certificate (plain http on loopback only, see portals.ts). What must never: a request to any other origin, a redirect
 * that is followed, an unbounded answer. Next patches the global `fetch` with a cache, so that is never used.
 */

/** Which connections a request may use, so that one kind of call cannot take them all. */
export type Lane = "read" | "write" | "revoke";

export type PortalTimeouts = {
  /** For TCP and TLS together. */
  connectMs: number;
  /** For a whole call: waiting, all tries, headers and body. */
  callMs: number;
};

export type Transport = {
  send(lane: Lane, outgoing: Outgoing): Promise<Answer>;
  /** Lets what is under way finish, then closes every connection. */
  close(): Promise<void>;
};

/** Opens the pools of connections to one origin. Nothing is connected before the first request. */
export function createTransport(origin: string, timeouts: PortalTimeouts): Transport {
  const pool = (connections: number, pipelining: 0 | 1) =>
    new Pool(origin, {
      connections,
      pipelining,
      allowH2: false,
      headersTimeout: timeouts.callMs,
      bodyTimeout: timeouts.callMs,
      // Said outright, for the environment could turn the verification off (NODE_TLS_REJECT_UNAUTHORIZED).
      connect: { timeout: timeouts.connectMs, rejectUnauthorized: true, minVersion: "TLSv1.2" },
    });
  const lanes: Record<Lane, Pool> = {
    read: pool(12, 1),
    // A POST is never repeated, so it gets a fresh connection each: a kept one may be closing at that moment, and
    // then nobody could say whether the portal acted.
    write: pool(8, 0),
    revoke: pool(4, 1),
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
