import "server-only";
import { isIPv6 } from "node:net";

/** The 16 bits that a part of an IPv6 address stands for, each as one group; a dotted IPv4 end is two. */
const groupsOf = (part: string): string[] =>
  part
    .split(":")
    .filter(Boolean)
    .flatMap((group) => (group.includes(".") ? ["v4", "v4"] : Number.parseInt(group, 16).toString(16)));

/** An address as it is told apart from others: without a zone, and IPv4 that came in on an IPv6 socket as IPv4. */
export function plainIp(ip: string): string {
  const [address = ""] = ip.split("%", 1);
  if (!isIPv6(address)) return address;
  const { hostname } = new URL(`http://[${address}]`);
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname) ?? [];
  if (high === undefined || low === undefined) return address;
  const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join(".");
}

/**
 * Whose requests and attempts are counted together. One customer has at least a whole /64 of IPv6 (RFC 6177), and so as
 * many addresses as they care to use: those count as one. An IPv4 address stands for itself.
 */
export function networkOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const [head = "", tail] = (ip.split("%", 1)[0] ?? "").split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
