import "server-only";
import { isIP } from "node:net";
import { newId } from "../crypto";
import { peerHeader } from "../peer";
import type { DeskContext, Origin } from "../services/context";
import { currentDesk } from "../services/desk";

const unknownAddress = "unknown";
const longestUserAgent = 300;

/**
 * The caller's address: of the chain [...`X-Forwarded-For`, the socket's peer], the entry that lies `hops` from the
 * right, since each trusted proxy appends the address that it saw. What a client writes into the header stands
 * further left and is never reached (ASVS 4.1.3). Ports are dropped: they change with every connection.
 */
export function callerAddress(forwardedFor: string | null, peer: string | null, hops: number): string {
  const forwarded = forwardedFor?.split(",").map((entry) => entry.trim()) ?? [];
  const chain = [...forwarded, peer ?? ""];
  const entry = chain[Math.max(0, chain.length - 1 - hops)] ?? "";
  const address = entry
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1")
    .replace(/^\[(.+)\](:\d+)?$/, "$1")
    // IPv4 that came in on an IPv6 socket.
    .replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
  return isIP(address) ? address : unknownAddress;
}

/** Where a request comes from, with a fresh request id. */
export function originOf(headers: Headers, trustedProxyHops: number): Origin {
  return {
    requestId: newId("req"),
    ip: callerAddress(headers.get("x-forwarded-for"), headers.get(peerHeader()), trustedProxyHops),
    userAgent: (headers.get("user-agent") ?? "").slice(0, longestUserAgent),
  };
}

/** What a use case without a session works with. */
export async function deskContextOf(headers: Headers): Promise<DeskContext> {
  const desk = await currentDesk();
  return { desk, from: originOf(headers, desk.env.trustedProxyHops) };
}
