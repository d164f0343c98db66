import "server-only";
import { isIP } from "node:net";
import { newId } from "../crypto";
import type { Proxies } from "../env/rules";
import { plainIp } from "../network";
import { peerHeader } from "../peer";
import type { DeskContext, Origin } from "../services/context";
import { currentDesk } from "../services/desk";

const unknownAddress = "unknown";
const longestUserAgent = 300;

/**
 * The caller's address, of the chain [...`X-Forwarded-For`, the socket's peer]: each proxy appends the address that it
 * saw, so from the right on each entry is believed only as far as the one after it is the address of a proxy of ours, and
 * there are no more of those than the operator says. What a client writes into the header stands further left and is
 * never reached (ASVS 4.1.3). Ports are dropped: they change with every connection.
 */
export function callerAddress(forwardedFor: string | null, peer: string | null, proxies: Proxies): string {
  const chain = [...(forwardedFor?.split(",") ?? []), peer ?? ""].map(plainAddress);
  let at = chain.length - 1;
  for (let hop = 0; hop < proxies.hops && at > 0; hop += 1) {
    if (!isOurs(chain[at] ?? "", proxies)) break;
    at -= 1;
  }
  const address = chain[at] ?? "";
  return isIP(address) ? address : unknownAddress;
}

/** Whether an address is that of a proxy of ours, as `TRUSTED_PROXIES` says. */
export const isOurs = (address: string, { networks }: Proxies): boolean =>
  isIP(address) !== 0 && networks.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

const plainAddress = (entry: string): string =>
  plainIp(
    entry
      .trim()
      .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1")
      .replace(/^\[(.+)\](:\d+)?$/, "$1"),
  );

/** Where a request comes from, with a fresh request id. */
export function originOf(headers: Headers, proxies: Proxies): Origin {
  return {
    requestId: newId("req"),
    ip: callerAddress(headers.get("x-forwarded-for"), headers.get(peerHeader()), proxies),
    userAgent: (headers.get("user-agent") ?? "").slice(0, longestUserAgent),
  };
}

/** What a use case without a session works with. */
export async function deskContextOf(headers: Headers): Promise<DeskContext> {
  const desk = await currentDesk();
  return { desk, from: originOf(headers, desk.env.proxies) };
}
